//! What an all-reduce takes, in the model of latency and bandwidth.
//!
//! A message of n bytes takes α + n β, and adding numbers up takes γ a number. The network carries all messages of a
//! round at full speed, in both directions. Thakur, Rabenseifner and Gropp 2005, section 4; the ring: Patarasuk and
//! Yuan 2009.

/// A link between two ranks.
#[derive(Clone, Copy, Debug)]
pub struct Link {
    /// α, in seconds.
    pub latency: f64,
    /// 1/β, in bytes a second.
    pub bandwidth: f64,
}

/// The gradients that are added up over the ranks.
#[derive(Clone, Copy, Debug)]
pub struct Buffer {
    pub numbers: f64,
    /// 4 for `f32`; 2 for gradients that travel in 16 bits.
    pub bytes_per_number: f64,
    /// γ: the time of one addition in memory, in seconds.
    pub seconds_per_addition: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Algorithm {
    /// Sums the whole buffer along a binomial tree to rank 0, and broadcasts it along the same tree.
    Tree,
    /// Passes p parts of the buffer round a ring: once to add up, once to hand out.
    Ring,
    /// Exchanges the whole buffer with the ranks at distance 1, 2, 4, ...
    RecursiveDoubling,
    /// Exchanges halves, quarters, ... of the buffer, and then the sums in the opposite order (Rabenseifner).
    Halving,
}

impl Algorithm {
    pub const ALL: [Self; 4] = [Self::Tree, Self::Ring, Self::RecursiveDoubling, Self::Halving];

    pub fn name(self) -> &'static str {
        match self {
            Self::Tree => "tree",
            Self::Ring => "ring",
            Self::RecursiveDoubling => "recursive doubling",
            Self::Halving => "halving and doubling",
        }
    }

    /// Computes the time of an all-reduce over `ranks`, a power of two, in seconds.
    pub fn seconds(self, ranks: usize, buffer: Buffer, link: Link) -> f64 {
        let (ranks, rounds) = (ranks as f64, (ranks as f64).log2());
        let transfer = buffer.numbers * buffer.bytes_per_number / link.bandwidth;
        let addition = buffer.numbers * buffer.seconds_per_addition;
        let share = (ranks - 1.0) / ranks;
        match self {
            Self::Tree => rounds * (2.0 * link.latency + 2.0 * transfer + addition),
            Self::Ring => 2.0 * (ranks - 1.0) * link.latency + share * (2.0 * transfer + addition),
            Self::RecursiveDoubling => rounds * (link.latency + transfer + addition),
            Self::Halving => 2.0 * rounds * link.latency + share * (2.0 * transfer + addition),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// α = 2 s, a byte takes 1/8 s, an addition 1/16 s: every sum below is exact.
    const LINK: Link = Link { latency: 2.0, bandwidth: 8.0 };
    const BUFFER: Buffer = Buffer { numbers: 64.0, bytes_per_number: 4.0, seconds_per_addition: 1.0 / 16.0 };
    const TRANSFER: f64 = 32.0;
    const ADDITION: f64 = 4.0;

    #[test]
    fn one_rank_waits_for_nobody() {
        for algorithm in Algorithm::ALL {
            assert_eq!(algorithm.seconds(1, BUFFER, LINK), 0.0, "{algorithm:?}");
        }
    }

    /// Two ranks: one message each way, or both at the same time, or in halves.
    #[test]
    fn two_ranks_by_hand() {
        assert_eq!(Algorithm::Tree.seconds(2, BUFFER, LINK), 2.0 * 2.0 + 2.0 * TRANSFER + ADDITION);
        assert_eq!(Algorithm::RecursiveDoubling.seconds(2, BUFFER, LINK), 2.0 + TRANSFER + ADDITION);
        let halves = 2.0 * (2.0 + TRANSFER / 2.0) + ADDITION / 2.0;
        assert_eq!(Algorithm::Ring.seconds(2, BUFFER, LINK), halves);
        assert_eq!(Algorithm::Halving.seconds(2, BUFFER, LINK), halves);
    }

    #[test]
    fn four_ranks_by_hand() {
        // 2 levels up and 2 down, the whole buffer on each.
        assert_eq!(Algorithm::Tree.seconds(4, BUFFER, LINK), 4.0 * 2.0 + 4.0 * TRANSFER + 2.0 * ADDITION);
        assert_eq!(Algorithm::RecursiveDoubling.seconds(4, BUFFER, LINK), 2.0 * (2.0 + TRANSFER + ADDITION));
        // 3 rounds of a quarter that are added, 3 that are not.
        assert_eq!(Algorithm::Ring.seconds(4, BUFFER, LINK), 6.0 * (2.0 + TRANSFER / 4.0) + 3.0 * ADDITION / 4.0);
        // A half and a quarter that are added, a quarter and a half that are not.
        let halving = 4.0 * 2.0 + 2.0 * (TRANSFER / 2.0 + TRANSFER / 4.0) + ADDITION / 2.0 + ADDITION / 4.0;
        assert_eq!(Algorithm::Halving.seconds(4, BUFFER, LINK), halving);
    }

    /// The formulas agree with a walk through the rounds: the bytes of each message, and the numbers added after it.
    #[test]
    fn formulas_are_the_sums_of_their_rounds() {
        for exponent in 1..=12 {
            let ranks = 1 << exponent;
            for algorithm in Algorithm::ALL {
                let by_rounds: f64 = rounds(algorithm, ranks)
                    .into_iter()
                    .map(|(share, is_added)| {
                        LINK.latency + share * TRANSFER + if is_added { share * ADDITION } else { 0.0 }
                    })
                    .sum();
                let by_formula = algorithm.seconds(ranks, BUFFER, LINK);
                let error = (by_rounds - by_formula).abs() / by_formula;
                assert!(error < 1e-12, "{algorithm:?} at {ranks}: {by_rounds} against {by_formula}");
            }
        }
    }

    /// Lists what part of the buffer a rank on the critical path sends in each round, and whether it is added up.
    fn rounds(algorithm: Algorithm, ranks: usize) -> Vec<(f64, bool)> {
        let mut rounds = Vec::new();
        let mut distance = 1;
        match algorithm {
            Algorithm::Tree | Algorithm::RecursiveDoubling => {
                while distance < ranks {
                    rounds.push((1.0, true));
                    if algorithm == Algorithm::Tree {
                        rounds.push((1.0, false));
                    }
                    distance *= 2;
                }
            }
            Algorithm::Ring => {
                for is_added in [true, false] {
                    rounds.extend((1..ranks).map(|_| (1.0 / ranks as f64, is_added)));
                }
            }
            Algorithm::Halving => {
                while distance < ranks {
                    distance *= 2;
                    rounds.extend([true, false].map(|is_added| (1.0 / distance as f64, is_added)));
                }
            }
        }
        rounds
    }
}
