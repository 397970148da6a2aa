//! [`Ranks`]: one step of training, shared out between ranks.

use crate::data::{Batch, Examples, gather_targets, power_of_two_near};
use crate::distributed::{Communicator, Reduction, TreeSum, agree, agree_on, all_reduce_sum};
use crate::network::{OwnRows, Stages};
use crate::{Error, Float, Loss, Network, Result};
use std::ops::Range;

/// Rows of a leaf, as far as a batch has them: see [`leaves_of`].
const LEAF_ROWS: usize = 64;

/// The fewest leaves of a batch, so that up to this many ranks can share a small one.
const FEWEST_LEAVES: usize = 8;

/// Returns the number of leaves of a batch: a power of two that depends on its rows alone.
pub(super) fn leaves_of(rows: usize) -> usize {
    let leaves = rows / LEAF_ROWS;
    if leaves <= FEWEST_LEAVES { FEWEST_LEAVES } else { 1 << leaves.ilog2() }
}

/// The rows of a batch that one rank computes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Share {
    rank: usize,
    size: usize,
    reduction: Reduction,
}

impl Share {
    /// Returns the range of this rank's rows, counted within a batch of this many.
    pub(super) fn rows(self, rows: usize) -> Range<usize> {
        let Self { rank, size, .. } = self;
        match self.reduction {
            Reduction::Deterministic => {
                let leaves = leaves_of(rows);
                let own = TreeSum::<f64>::leaves_of(leaves, rank, size);
                leaf_start(rows, leaves, own.start)..leaf_start(rows, leaves, own.end)
            }
            Reduction::Fast => rows * rank / size..rows * (rank + 1) / size,
        }
    }
}

/// Demands no more ranks than can share a batch of this many rows.
pub(super) fn demand_leaves(
    communicator: &dyn Communicator,
    reduction: Reduction,
    rows: usize,
    batch_rows: usize,
) -> Result<()> {
    let size = communicator.size();
    if size > rows {
        return Err(Error::invalid("Trainer", format!("at most {rows} ranks, one for each row"), size));
    }
    let most = match reduction {
        Reduction::Deterministic => leaves_of(batch_rows).min(batch_rows),
        Reduction::Fast => batch_rows,
    };
    if size <= most {
        return Ok(());
    }
    Err(Error::invalid("Trainer", format!("at most {most} ranks to share batches of {batch_rows} rows"), size))
}

/// Returns the first row of a leaf.
fn leaf_start(rows: usize, leaves: usize, leaf: usize) -> usize {
    rows * leaf / leaves
}

/// What a fit needs to share its steps with other ranks.
#[derive(Debug)]
pub(super) struct Ranks<'f, F: Float> {
    pub(super) communicator: &'f dyn Communicator,
    /// Whether each rank holds a part of the rows, so that gathering is an exchange between the ranks.
    pub(super) is_partitioned: bool,
    /// Whether a rank has observers, which may end training.
    pub(super) has_observers: bool,
    share: Share,
    /// A power of two near the largest weight of a row: sums of weights stay within the range of F.
    scale: f64,
    /// How a network goes through its layers if one of them mixes the rows of a batch.
    stages: Option<Stages<F>>,
    tree: TreeSum<F>,
    /// Numbers to be reduced in a fast sum.
    numbers: Vec<F>,
    /// An error of this rank alone, until the ranks meet.
    pending: Option<Error>,
}

impl<'f, F: Float> Ranks<'f, F> {
    /// Joins the other ranks in a fit of this network on these examples.
    pub(super) fn new(
        communicator: &'f dyn Communicator,
        reduction: Reduction,
        is_partitioned: bool,
        has_observers: bool,
        network: &Network<F>,
        data: &dyn Examples<F>,
    ) -> Result<Self> {
        let (rank, size) = (communicator.rank(), communicator.size());
        let share = Share { rank, size, reduction };
        let stages = (!network.rows_are_independent()).then(|| Stages::new(network));
        let largest = agree_on(communicator, largest_weight(data))?;
        let scale = if largest > 0.0 { power_of_two_near(&[largest]) } else { 1.0 };
        let (tree, numbers) = (TreeSum::default(), Vec::new());
        let pending = None;
        let mut ranks =
            Self { communicator, is_partitioned, has_observers, share, scale, stages, tree, numbers, pending };
        ranks.has_observers = ranks.any_stops(has_observers)?;
        Ok(ranks)
    }

    /// Returns which rows of a batch this rank computes.
    pub(super) fn share(&self) -> Share {
        self.share
    }

    /// Computes the gradients of a batch of this many rows together with the other ranks; `batch` holds those of this
    /// rank. Returns total weight and mean loss of the whole batch.
    pub(super) fn compute_batch(
        &mut self,
        network: &mut Network<F>,
        rows: usize,
        batch: Result<&Batch<F>>,
        loss: &dyn Loss<F>,
    ) -> Result<(f64, F)> {
        let batch = match self.pending.take() {
            Some(problem) => Err(problem),
            None => batch,
        };
        let (batch, mut outcome) = match batch {
            Ok(batch) => (Some(batch), Ok(())),
            Err(problem) => (None, Err(problem)),
        };
        let failed = f64::from(outcome.is_err());
        // The total weight is known only when all ranks have met.
        let nominal = rows as f64 * self.scale;
        let (first_leaf, own) = self.leaves(rows);
        let first = own.first().map_or(0, |rows| rows.start);
        let within: Vec<_> = own.iter().map(|rows| rows.start - first..rows.end - first).collect();
        let mut staged = Vec::new();
        if let Some(stages) = &mut self.stages {
            // A layer that mixes rows takes those of all ranks.
            agree(self.communicator, std::mem::replace(&mut outcome, Ok(())))?;
            let Some(batch) = batch else { return Err(unheard_of()) };
            let (communicator, arrays, leaves) = (self.communicator, batch.arrays(), &within[..]);
            staged = stages.run(network, OwnRows { communicator, arrays, leaves, first, of: rows }, nominal, loss)?;
        }
        let stages = self.stages.as_ref();
        // Writes gradients, loss, weight and whether it failed for one leaf of this rank.
        let compute = |network: &mut Network<F>, leaf: usize, numbers: &mut [F], sums: &mut [f64; 3]| {
            sums[2] = failed;
            let Some(batch) = batch else { return };
            let arrays = batch.arrays().slice(within[leaf].clone());
            let mean = match stages {
                Some(stages) => {
                    let is_first = first_leaf + leaf == 0;
                    stages.copy_gradients(network, leaf, is_first, within[leaf].is_empty(), numbers);
                    staged[leaf]
                }
                None if within[leaf].is_empty() => F::zero(),
                None => network.compute_leaf(arrays, nominal, loss, numbers),
            };
            sums[0] = mean.widen();
            sums[1] = loss.total_weight(&arrays.targets, arrays.weights);
        };
        let (numbers, sums) = match self.share.reduction {
            Reduction::Deterministic => {
                let tree = &mut self.tree;
                tree.start(leaves_of(rows), self.communicator, network.trained_count());
                network.in_pool(rows, |network| {
                    for leaf in 0..within.len() {
                        let (numbers, sums) = tree.add_leaf();
                        compute(network, leaf, numbers, sums);
                    }
                });
                let (numbers, sums) = tree.finish(self.communicator)?;
                (&*numbers, sums)
            }
            Reduction::Fast => {
                self.numbers.clear();
                self.numbers.resize(network.trained_count(), F::zero());
                let mut sums = [0.0; 3];
                compute(network, 0, &mut self.numbers, &mut sums);
                all_reduce_sum(self.communicator, &mut self.numbers)?;
                self.communicator.all_reduce_sum_f64(&mut sums)?;
                (&self.numbers[..], sums)
            }
        };
        if sums[2] > 0.0 {
            agree(self.communicator, outcome)?;
            return Err(unheard_of());
        }
        finish(network, sums, nominal, numbers)
    }

    /// Returns the first leaf of this rank, and the rows of each of its leaves, counted within a batch of this many.
    fn leaves(&self, rows: usize) -> (usize, Vec<Range<usize>>) {
        let Share { rank, size, reduction } = self.share;
        match reduction {
            Reduction::Fast => (rank, vec![self.share.rows(rows)]),
            Reduction::Deterministic => {
                let leaves = leaves_of(rows);
                let own = TreeSum::<F>::leaves_of(leaves, rank, size);
                let rows_of = |leaf| leaf_start(rows, leaves, leaf)..leaf_start(rows, leaves, leaf + 1);
                (own.start, own.map(rows_of).collect())
            }
        }
    }

    /// Keeps an error of this rank back until the ranks meet; returns the number without one, else 0.
    pub(super) fn hold_back(&mut self, outcome: Result<F>) -> F {
        outcome.unwrap_or_else(|problem| {
            self.pending.get_or_insert(problem);
            F::zero()
        })
    }

    /// Returns an error on all ranks if this step or an earlier one failed on one.
    pub(super) fn agree(&mut self, outcome: Result<()>) -> Result<()> {
        let outcome = self.pending.take().map_or(outcome, Err);
        agree(self.communicator, outcome)
    }

    /// Returns whether training stops on any rank.
    pub(super) fn any_stops(&mut self, stops: bool) -> Result<bool> {
        let mut count = [f64::from(stops)];
        self.communicator.all_reduce_sum_f64(&mut count)?;
        Ok(count[0] > 0.0)
    }

    /// Demands that all ranks have the same weights: each computed every update by itself.
    pub(super) fn demand_same_weights(&mut self, network: &Network<F>) -> Result<()> {
        if self.share.size == 1 {
            return Ok(());
        }
        let all = self.communicator.all_gather(&network.hash_values().to_le_bytes())?;
        match all.iter().position(|hash| *hash != all[0]) {
            None => Ok(()),
            Some(rank) => {
                let remedy = "a hook, a layer or an optimizer must not differ from rank to rank";
                let expected = format!("the same weights on all ranks after an epoch ({remedy})");
                Err(Error::invalid("Trainer", expected, format!("others on rank {rank} than on rank 0")))
            }
        }
    }
}

/// Makes the error of a failure that no rank owns up to.
#[cold]
fn unheard_of() -> Error {
    Error::invalid("Trainer", "the error of the rank that failed", "none")
}

/// Gives the network the gradients of the whole batch; returns its total weight and its mean loss.
fn finish<F: Float>(network: &mut Network<F>, sums: [f64; 3], nominal: f64, numbers: &[F]) -> Result<(f64, F)> {
    let [loss, weight, _] = sums;
    if weight == 0.0 {
        network.discard_proposals();
        return Ok((0.0, F::zero()));
    }
    let mean = F::from_f64(loss * (nominal / weight));
    network.set_checked_gradients("Trainer", mean, numbers, F::from_f64(weight / nominal))?;
    Ok((weight, mean))
}

/// Returns the largest weight of a row; 1 without weights.
fn largest_weight<F: Float>(data: &dyn Examples<F>) -> Result<f64> {
    if !data.has_weights() {
        return Ok(1.0);
    }
    let (mut largest, mut batch) = (0.0_f64, Batch::default());
    let rows: Vec<usize> = (0..data.len()).collect();
    for rows in rows.chunks(1 << 16) {
        gather_targets("Trainer", data, rows, &mut batch)?;
        largest =
            batch.weights().unwrap_or_default().iter().fold(largest, |largest, weight| largest.max(weight.widen()));
    }
    Ok(largest)
}
