//! [`Ranks`]: one step of training, shared out between ranks.

use crate::data::{Batch, Examples, power_of_two_near, visit_weights};
use crate::distributed::{Alone, Communicator, Leaf, Reduction, TreeSum, agree, agree_on, all_reduce_sum};
use crate::network::{OwnRows, Stages};
use crate::{Error, Float, Loss, Network, Result};
use std::ops::Range;

/// The pieces of a batch that one rank computes: shards, or one piece a rank for a fast sum.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Share {
    pieces: usize,
    /// The first piece of this rank, and the one behind its last.
    first: usize,
    end: usize,
}

impl Share {
    fn new(communicator: &dyn Communicator, reduction: Reduction, shards: usize) -> Self {
        let (rank, size) = (communicator.rank(), communicator.size());
        let pieces = match reduction {
            Reduction::Deterministic => shards,
            Reduction::Fast => size,
        };
        let Range { start, end } = TreeSum::<f64>::leaves_of(pieces, rank, size);
        Self { pieces, first: start, end }
    }

    /// Returns the range of this rank's rows, counted within a batch of this many.
    pub(crate) fn rows(self, rows: usize) -> Range<usize> {
        self.start_of(self.first, rows)..self.start_of(self.end, rows)
    }

    /// Returns the rows of each piece of this rank, counted from its first row.
    fn pieces(self, rows: usize) -> Vec<Range<usize>> {
        let start = |piece| self.start_of(piece, rows) - self.start_of(self.first, rows);
        (self.first..self.end).map(|piece| start(piece)..start(piece + 1)).collect()
    }

    /// Returns the first row of a piece of a batch of this many rows.
    fn start_of(self, piece: usize, rows: usize) -> usize {
        rows * piece / self.pieces
    }
}

/// Demands no more ranks than can share batches of this many rows.
pub(super) fn demand_shares(
    communicator: &dyn Communicator,
    (reduction, shards): (Reduction, usize),
    rows: usize,
    batch_rows: usize,
) -> Result<()> {
    let size = communicator.size();
    let refuse = |expected: String| Err(Error::invalid("Trainer::across", expected, size));
    match reduction {
        _ if size > rows => refuse(format!("at most {rows} ranks, one for each row")),
        _ if size > batch_rows => refuse(format!("at most {batch_rows} ranks, one for each row of a batch")),
        Reduction::Deterministic if size > shards => {
            refuse(format!("at most {shards} ranks, one for each shard of a batch (see Trainer::shards)"))
        }
        _ => Ok(()),
    }
}

/// What a fit needs to share its steps with other ranks.
#[derive(Debug)]
pub(crate) struct Ranks<'f, F: Float> {
    operation: &'static str,
    pub(super) communicator: &'f dyn Communicator,
    /// Whether each rank holds a part of the rows, so that gathering is an exchange between the ranks.
    pub(super) is_partitioned: bool,
    /// Whether a rank has observers, which may end training.
    pub(super) has_observers: bool,
    reduction: Reduction,
    share: Share,
    /// A power of two near the largest weight of a row: sums of weights stay within the range of F.
    scale: f64,
    /// How a network goes through its layers if one of them mixes the rows of a batch.
    stages: Option<Stages<F>>,
    tree: TreeSum<F>,
    /// An error of this rank alone, until the ranks meet.
    pending: Option<Error>,
}

impl<'f, F: Float> Ranks<'f, F> {
    /// Joins the other ranks in a fit of this network on these examples.
    pub(crate) fn new(
        operation: &'static str,
        communicator: &'f dyn Communicator,
        (reduction, shards): (Reduction, usize),
        is_partitioned: bool,
        has_observers: bool,
        network: &Network<F>,
        data: &dyn Examples<F>,
    ) -> Result<Self> {
        let share = Share::new(communicator, reduction, shards);
        let stages = (!network.rows_are_independent()).then(|| Stages::new(network));
        let largest = agree_on(communicator, largest_weight(data))?;
        let scale = if largest > 0.0 { power_of_two_near(&[largest]) } else { 1.0 };
        let (tree, pending) = (TreeSum::default(), None);
        let mut ranks = Self {
            operation,
            communicator,
            is_partitioned,
            has_observers,
            reduction,
            share,
            scale,
            stages,
            tree,
            pending,
        };
        ranks.has_observers = ranks.any_stops(has_observers)?;
        Ok(ranks)
    }

    /// Returns which rows of a batch this rank computes.
    pub(crate) fn share(&self) -> Share {
        self.share
    }

    /// Computes the gradients of a batch of this many rows together with the other ranks; `batch` holds those of this
    /// rank. Returns total weight and mean loss of the whole batch.
    pub(crate) fn compute_batch(
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
        // The total weight is known only when all ranks have met.
        let nominal = rows as f64 * self.scale;
        let share = self.share;
        let within = share.pieces(rows);
        let mut staged = Vec::new();
        if let Some(stages) = &mut self.stages {
            // A layer that mixes rows takes those of all ranks.
            agree(self.communicator, std::mem::replace(&mut outcome, Ok(())))?;
            let Some(batch) = batch else { return Err(unheard_of()) };
            let (communicator, arrays, leaves) = (self.communicator, batch.arrays(), &within[..]);
            let first = share.rows(rows).start;
            staged = stages.run(network, OwnRows { communicator, arrays, leaves, first, of: rows }, nominal, loss)?;
        }
        let stages = self.stages.as_ref();
        // Returns loss, weight and whether it failed, for one leaf of this rank.
        let compute = |network: &mut Network<F>, leaf: usize| {
            let Some(batch) = batch else { return [0.0, 0.0, 1.0] };
            let arrays = batch.arrays().slice(within[leaf].clone());
            let mean = match staged.get(leaf) {
                Some(&mean) => mean,
                None if within[leaf].is_empty() => F::zero(),
                None => network.compute_leaf(arrays, nominal, loss),
            };
            [mean.widen(), loss.total_weight(&arrays.targets, arrays.weights), 0.0]
        };
        let put = |network: &Network<F>, leaf: usize, to: &mut Leaf<'_, F>| match stages {
            _ if batch.is_none() => to.put_zeros(network.trained_count()),
            Some(stages) => {
                stages.put_gradients(network, leaf, share.first + leaf == 0, within[leaf].is_empty(), to);
            }
            None if within[leaf].is_empty() => to.put_zeros(network.trained_count()),
            None => network.put_gradients(to),
        };
        // A fast sum has one leaf a rank, which goes through the tree of one leaf.
        let tree = &mut self.tree;
        match self.reduction {
            Reduction::Deterministic => tree.start(share.pieces, self.communicator, network.trained_count()),
            Reduction::Fast => tree.start(1, &Alone, network.trained_count()),
        }
        network.in_pool(rows, |network| {
            for leaf in 0..within.len() {
                let sums = compute(network, leaf);
                tree.add_leaf(sums, |to| put(network, leaf, to));
            }
        });
        let (numbers, sums) = match self.reduction {
            Reduction::Deterministic => tree.finish(self.communicator)?,
            Reduction::Fast => {
                let (numbers, mut sums) = tree.finish(&Alone)?;
                all_reduce_sum(self.communicator, numbers)?;
                self.communicator.all_reduce_sum_f64(&mut sums)?;
                (numbers, sums)
            }
        };
        if sums[2] > 0.0 {
            agree(self.communicator, outcome)?;
            return Err(unheard_of());
        }
        finish(self.operation, network, sums, nominal, numbers)
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
        if self.communicator.size() == 1 {
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
fn finish<F: Float>(
    operation: &'static str,
    network: &mut Network<F>,
    sums: [f64; 3],
    nominal: f64,
    numbers: &[F],
) -> Result<(f64, F)> {
    let [loss, weight, _] = sums;
    if weight == 0.0 {
        network.discard_proposals();
        return Ok((0.0, F::zero()));
    }
    let mean = F::from_f64(loss * (nominal / weight));
    network.set_checked_gradients(operation, mean, numbers, F::from_f64(weight / nominal))?;
    Ok((weight, mean))
}

/// Returns the largest weight of a row; 1 without weights.
fn largest_weight<F: Float>(data: &dyn Examples<F>) -> Result<f64> {
    if !data.has_weights() {
        return Ok(1.0);
    }
    let mut largest = 0.0_f64;
    let rows: Vec<usize> = (0..data.len()).collect();
    visit_weights(data, &rows, |_, weight| largest = largest.max(weight.widen()))?;
    Ok(largest)
}
