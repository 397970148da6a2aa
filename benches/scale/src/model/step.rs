//! What a training step takes on many ranks, with 256 rows on each.

use crate::cost::{Algorithm, Buffer, Link};

/// What a step takes on one rank.
#[derive(Clone, Debug)]
pub struct Work {
    /// From the first layer to the last.
    pub layers: Vec<Layer>,
    /// Forward pass, loss and backward pass, in seconds.
    pub gradients: f64,
    /// The optimizer, in seconds.
    pub update: f64,
    /// The time to add one number to another in memory, in seconds.
    pub addition: f64,
}

#[derive(Clone, Copy, Debug)]
pub struct Layer {
    pub inputs: usize,
    pub outputs: usize,
}

impl Layer {
    /// Weights and biases.
    fn numbers(self) -> f64 {
        ((self.inputs + 1) * self.outputs) as f64
    }

    fn products(self) -> f64 {
        (self.inputs * self.outputs) as f64
    }
}

/// How the gradients travel.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The gradients of a layer are sent while the backward pass goes on to the layer before it.
    pub is_overlapped: bool,
    /// 4 or 2.
    pub bytes_per_number: f64,
}

impl Plan {
    pub const PLAIN: Self = Self { is_overlapped: false, bytes_per_number: 4.0 };
}

impl Work {
    pub fn numbers(&self) -> f64 {
        self.layers.iter().map(|layer| layer.numbers()).sum()
    }

    /// Returns the time of a step on one rank, in seconds.
    pub fn alone(&self) -> f64 {
        self.gradients + self.update
    }

    /// Computes the time of a step on these ranks, in seconds.
    pub fn step(&self, ranks: usize, algorithm: Algorithm, link: Link, plan: Plan) -> f64 {
        let reduce = |numbers| {
            let bytes_per_number = plan.bytes_per_number;
            let buffer = Buffer { numbers, bytes_per_number, seconds_per_addition: self.addition };
            algorithm.seconds(ranks, buffer, link)
        };
        if !plan.is_overlapped {
            return self.alone() + reduce(self.numbers());
        }
        // One bucket a layer, one after another: each waits for its gradients and for the bucket before it.
        let mut sent = 0.0_f64;
        for (ready, layer) in self.ready_times().into_iter().zip(self.layers.iter().rev()) {
            sent = sent.max(ready) + reduce(layer.numbers());
        }
        sent + self.update
    }

    /// Returns when the gradients of each layer are known, from the last layer to the first.
    ///
    /// The time is divided by multiply-adds: one product forward, two backward, one backward in the first layer.
    fn ready_times(&self) -> Vec<f64> {
        let first = self.layers.first().map_or(0.0, |layer| layer.products());
        let forward: f64 = self.layers.iter().map(|layer| layer.products()).sum();
        let second_per_product = self.gradients / (3.0 * forward - first);
        let mut ready = forward * second_per_product;
        let backward = self.layers.iter().enumerate().rev().map(|(index, layer)| {
            let products = if index == 0 { 1.0 } else { 2.0 };
            ready += products * layer.products() * second_per_product;
            ready
        });
        backward.collect()
    }

    /// Computes what part of the time is spent on the work of one rank.
    pub fn efficiency(&self, ranks: usize, algorithm: Algorithm, link: Link, plan: Plan) -> f64 {
        self.alone() / self.step(ranks, algorithm, link, plan)
    }

    /// Finds the first power of two of ranks at which the efficiency is below 90%.
    pub fn limit(&self, algorithms: &[Algorithm], link: Link, plan: Plan) -> Option<usize> {
        ALL_RANKS
            .into_iter()
            .find(|&ranks| algorithms.iter().all(|&algorithm| self.efficiency(ranks, algorithm, link, plan) < 0.9))
    }

    /// Computes how many rows a rank needs for 90% at these ranks, where the time of the work grows with its rows.
    ///
    /// The optimizer takes the same time for any number of rows.
    pub fn rows_for_90_percent(&self, ranks: usize, algorithms: &[Algorithm], link: Link, rows: f64) -> f64 {
        let times = algorithms.iter().map(|&algorithm| self.step(ranks, algorithm, link, Plan::PLAIN));
        let communication = times.fold(f64::INFINITY, f64::min) - self.alone();
        rows * ((9.0 * communication - self.update) / self.gradients).max(0.0)
    }
}

/// 2, 4, ..., 4096.
pub const ALL_RANKS: [usize; 12] = [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096];

#[cfg(test)]
mod tests {
    use super::*;

    /// Without latency and additions, at one byte a second.
    const LINK: Link = Link { latency: 0.0, bandwidth: 1.0 };

    /// Two layers of 3 and 5 numbers with 2 and 4 products: 6 products forward, 8 + 2 backward, one a second.
    fn work() -> Work {
        let layers = vec![Layer { inputs: 2, outputs: 1 }, Layer { inputs: 4, outputs: 1 }];
        Work { layers, gradients: 16.0, update: 1.0, addition: 0.0 }
    }

    #[test]
    fn a_plain_step_is_work_and_all_reduce() {
        // 8 numbers of 4 bytes, exchanged once.
        let step = work().step(2, Algorithm::RecursiveDoubling, LINK, Plan::PLAIN);
        assert_eq!(step, 17.0 + 32.0);
        assert_eq!(work().efficiency(2, Algorithm::RecursiveDoubling, LINK, Plan::PLAIN), 17.0 / 49.0);
    }

    #[test]
    fn half_the_bytes_take_half_the_time() {
        let plan = Plan { bytes_per_number: 2.0, ..Plan::PLAIN };
        assert_eq!(work().step(2, Algorithm::RecursiveDoubling, LINK, plan), 17.0 + 16.0);
    }

    #[test]
    fn gradients_are_known_from_the_last_layer_on() {
        assert_eq!(work().ready_times(), [14.0, 16.0]);
    }

    #[test]
    fn a_slow_network_hides_only_the_rest_of_the_backward_pass() {
        // The last layer's 20 bytes go from 14 to 34, the first one's 12 to 46.
        let plan = Plan { is_overlapped: true, ..Plan::PLAIN };
        assert_eq!(work().step(2, Algorithm::RecursiveDoubling, LINK, plan), 46.0 + 1.0);
    }

    #[test]
    fn a_fast_network_leaves_the_bucket_of_the_first_layer() {
        // 20 bytes in 1 s: from 14 to 15; the first layer's 12 bytes start at 16.
        let (plan, link) = (Plan { is_overlapped: true, ..Plan::PLAIN }, Link { bandwidth: 20.0, ..LINK });
        assert_eq!(work().step(2, Algorithm::RecursiveDoubling, link, plan), 16.0 + 12.0 / 20.0 + 1.0);
    }

    #[test]
    fn the_limit_is_the_first_number_of_ranks_below_90_percent() {
        // The work is 17 s, so 1.888 s more are too many; a round of 32 bytes takes 1 s or 2 s.
        let at = |bandwidth| work().limit(&[Algorithm::RecursiveDoubling], Link { bandwidth, ..LINK }, Plan::PLAIN);
        assert_eq!(at(16.0), Some(2));
        assert_eq!(at(32.0), Some(4));
        assert_eq!(at(1e6), None);
    }

    #[test]
    fn rows_for_90_percent_give_90_percent() {
        let (work, tree) = (work(), [Algorithm::Tree]);
        let rows = work.rows_for_90_percent(4096, &tree, LINK, 256.0);
        let longer = Work { gradients: work.gradients * rows / 256.0, ..work };
        let efficiency = longer.efficiency(4096, Algorithm::Tree, LINK, Plan::PLAIN);
        assert!((efficiency - 0.9).abs() < 1e-12, "{efficiency}");
    }
}
