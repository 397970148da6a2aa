//! The rounds of successive halving: who is trained how long.

use crate::Result;
use crate::check;

/// Successive halving over epochs: many candidates are trained shortly, the best of them longer.
///
/// With factor η, n candidates and at most R epochs there are s = min(⌊log_η n⌋, ⌊log_η R⌋) rounds before the last one.
/// Round i trains each candidate that is left for R·η^(i-s) epochs, and keeps the best ⌊n·η^-(i+1)⌋ of them.
pub(super) struct Halving {
    factor: usize,
    last: usize,
}

impl Halving {
    /// Plans the rounds; `epochs` are the most that a candidate may be trained for.
    pub(super) fn plan(factor: usize, candidates: usize, epochs: usize) -> Result<Self> {
        check::at_least("Search", "halving", 2, factor as u64)?;
        Ok(Self { factor, last: logarithm(candidates, factor).min(logarithm(epochs, factor)) })
    }

    /// Plans a single round.
    pub(super) fn none() -> Self {
        Self { factor: 2, last: 0 }
    }

    /// Returns the rounds.
    pub(super) fn rounds(&self) -> std::ops::RangeInclusive<usize> {
        0..=self.last
    }

    /// Returns how long a candidate is trained in a round that would be trained for `epochs` in the last one.
    pub(super) fn epochs(&self, round: usize, epochs: usize) -> usize {
        if round == self.last {
            return epochs;
        }
        // The power is at most the number of candidates.
        (epochs / self.factor.pow((self.last - round) as u32)).max(1)
    }

    /// Returns how many candidates take part in a round.
    pub(super) fn candidates(&self, round: usize, candidates: usize) -> usize {
        candidates / self.factor.pow(round as u32)
    }

    /// Returns how often a candidate is scored, if none fails.
    pub(super) fn evaluations(&self, candidates: usize) -> usize {
        self.rounds().map(|round| self.candidates(round, candidates)).sum()
    }
}

/// Returns the largest whole number l with factor^l <= number; 0 for 0.
fn logarithm(number: usize, factor: usize) -> usize {
    number.checked_ilog(factor).unwrap_or(0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bracket s = 4 of the table in Li et al. 2018, section 3: R = 81, η = 3.
    #[test]
    fn the_rounds_are_those_of_hyperband() {
        let halving = Halving::plan(3, 81, 81).unwrap();
        let rounds: Vec<_> =
            halving.rounds().map(|round| (halving.candidates(round, 81), halving.epochs(round, 81))).collect();
        assert_eq!(rounds, [(81, 1), (27, 3), (9, 9), (3, 27), (1, 81)]);
        assert_eq!(halving.evaluations(81), 121);
    }

    #[test]
    fn few_epochs_or_candidates_make_few_rounds() {
        let rounds = |factor, candidates, epochs| *Halving::plan(factor, candidates, epochs).unwrap().rounds().end();
        assert_eq!([rounds(3, 81, 2), rounds(3, 81, 9), rounds(3, 2, 81), rounds(4, 15, 1000)], [0, 2, 0, 1]);
        assert_eq!([rounds(usize::MAX, 5, 5), rounds(2, 0, 5), rounds(2, 5, 0)], [0, 0, 0]);
        let halving = Halving::plan(2, 5, 7).unwrap();
        let rounds: Vec<_> =
            halving.rounds().map(|round| (halving.candidates(round, 5), halving.epochs(round, 7))).collect();
        assert_eq!(rounds, [(5, 1), (2, 3), (1, 7)]);
        assert!(Halving::plan(1, 5, 7).is_err());
    }
}
