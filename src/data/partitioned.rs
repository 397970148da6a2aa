//! [`Partitioned`]: rows that several ranks hold in parts, seen by each rank as a whole.

use super::{Batch, Examples};
use crate::distributed::{Communicator, agree, all_gather_numbers};
use crate::kernel::{as_bytes, as_bytes_mut};
use crate::{Error, Float, Result};

/// The rows of all ranks, one part after another in the order of the ranks.
///
/// Gathering is an exchange: all ranks gather at the same time, each the rows that it needs, and each sends the others
/// what it holds of theirs. So training has the same bits however the rows are held.
pub(crate) struct Partitioned<'a, F: Float> {
    communicator: &'a dyn Communicator,
    own: &'a dyn Examples<F>,
    /// The first row of each rank, and the number of all rows.
    starts: Vec<usize>,
}

impl<'a, F: Float> Partitioned<'a, F> {
    /// Joins the parts of all ranks.
    ///
    /// # Errors
    /// When the ranks' rows differ in their sizes or in whether they have weights.
    pub(crate) fn new(
        operation: &'static str,
        communicator: &'a dyn Communicator,
        own: &'a dyn Examples<F>,
    ) -> Result<Self> {
        let shape = [own.len(), own.input_size(), own.target_size(), usize::from(own.has_weights())];
        let shapes = all_gather_numbers(communicator, &shape.map(|number| number as f64))?;
        let mut starts = vec![0];
        for (rank, shape) in shapes.chunks(4).enumerate() {
            if shape[1..] != shapes[1..4] {
                let names = ["inputs", "targets", "weights"];
                let [first, other] = [&shapes[1..4], &shape[1..]].map(|sizes| {
                    let sizes = names.iter().zip(sizes).map(|(name, size)| format!("{size} {name}"));
                    sizes.collect::<Vec<_>>().join(", ")
                });
                let expected = format!("rows with {first}, as on rank 0");
                return Err(Error::invalid(operation, expected, format!("{other} on rank {rank}")));
            }
            if shape[0] == 0.0 {
                return Err(Error::invalid(operation, "a row on each rank", format!("none on rank {rank}")));
            }
            starts.push(starts[rank] + shape[0] as usize);
        }
        Ok(Self { communicator, own, starts })
    }

    /// Exchanges rows; `targets_alone` leaves the inputs out.
    fn exchange(&self, rows: &[usize], batch: &mut Batch<F>, targets_alone: bool) -> Result<()> {
        let (rank, size) = (self.communicator.rank(), self.communicator.size());
        let holder = |row: usize| self.starts.partition_point(|&start| start <= row) - 1;
        let mut wanted = vec![Vec::new(); size];
        for &row in rows {
            let holder = holder(row);
            wanted[holder].extend(((row - self.starts[holder]) as u64).to_le_bytes());
        }
        let asked = self.communicator.all_to_all(wanted)?;
        let mut part = Batch::default();
        part.set_epoch(batch.epoch());
        part.set_first_row(self.starts[rank]);
        let (mut answers, mut outcome) = (vec![Vec::new(); size], Ok(()));
        for (asked, answer) in asked.iter().zip(&mut answers) {
            let rows: Vec<usize> = asked.as_chunks().0.iter().map(|&row| u64::from_le_bytes(row) as usize).collect();
            if rows.is_empty() || outcome.is_err() {
                continue;
            }
            outcome = match targets_alone {
                true => self.own.gather_targets(&rows, &mut part),
                false => self.own.gather(&rows, &mut part),
            };
            let has_shape = part.len() == rows.len()
                && part.targets().ncols() == self.own.target_size()
                && (targets_alone || part.inputs().dim() == (rows.len(), self.own.input_size()))
                && part.weights().is_some() == self.own.has_weights();
            if outcome.is_ok() && !has_shape {
                outcome = Err(Error::invalid("Trainer", "a batch of the rows asked for", "one of another shape"));
            }
            for row in 0..if outcome.is_ok() { rows.len() } else { 0 } {
                if !targets_alone {
                    answer.extend(as_bytes(part.inputs().row(row).as_slice().unwrap_or_default()));
                }
                answer.extend(as_bytes(part.targets().row(row).as_slice().unwrap_or_default()));
                answer.extend(part.weights().map(|weights| as_bytes(&weights[row..=row])).unwrap_or_default());
            }
        }
        agree(self.communicator, outcome)?;
        let received = self.communicator.all_to_all(answers)?;
        let inputs = if targets_alone { 0 } else { self.own.input_size() };
        batch.resize(rows.len(), inputs, self.own.target_size());
        if self.own.has_weights() {
            batch.weights_mut();
        }
        let mut received: Vec<&[u8]> = received.iter().map(|bytes| &bytes[..]).collect();
        let take = |from: &mut &[u8], to: &mut [F]| {
            let to = as_bytes_mut(to);
            match from.split_off(..to.len()) {
                Some(bytes) => to.copy_from_slice(bytes),
                // The next check of the batch finds it.
                None => to.fill(0xff),
            }
        };
        for (index, &row) in rows.iter().enumerate() {
            let from = &mut received[holder(row)];
            take(from, batch.input_mut(index));
            take(from, batch.target_mut(index));
            if self.own.has_weights() {
                take(from, &mut batch.weights_mut()[index..=index]);
            }
        }
        Ok(())
    }
}

impl<F: Float> Examples<F> for Partitioned<'_, F> {
    fn len(&self) -> usize {
        self.starts.last().copied().unwrap_or(0)
    }

    fn input_size(&self) -> usize {
        self.own.input_size()
    }

    fn target_size(&self) -> usize {
        self.own.target_size()
    }

    fn has_weights(&self) -> bool {
        self.own.has_weights()
    }

    fn gather(&self, rows: &[usize], batch: &mut Batch<F>) -> Result<()> {
        self.exchange(rows, batch, false)
    }

    fn gather_targets(&self, rows: &[usize], batch: &mut Batch<F>) -> Result<()> {
        self.exchange(rows, batch, true)
    }
}
