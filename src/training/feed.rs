//! [`Feed`]: the batches of an epoch, gathered when they are needed or by a thread ahead of training.

use crate::data::{Batch, Examples, arrays_of, gather};
use crate::{Error, Float, Result};
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::thread;

/// The name of the operation in errors.
const OPERATION: &str = "Trainer";

/// Gives one batch after another.
pub(super) enum Feed<'f, F: Float> {
    /// Gathers a batch when it is asked for, and checks it unless all rows were.
    Here { examples: &'f dyn Examples<F>, batch: &'f mut Batch<F>, is_checked: bool },
    /// Takes batches from a thread, and gives back those that are spent.
    Ahead { filled: Receiver<Result<Batch<F>>>, spent: Sender<Batch<F>>, batch: &'f mut Batch<F> },
}

impl<F: Float> Feed<'_, F> {
    /// Returns the next batch; `rows` are its rows, which a thread ahead knows already.
    pub(super) fn next(&mut self, rows: &[usize]) -> Result<&Batch<F>> {
        match self {
            Self::Here { examples, batch, is_checked: true } => {
                examples.gather(rows, batch)?;
                Ok(batch)
            }
            Self::Here { examples, batch, is_checked: false } => {
                gather(OPERATION, *examples, rows, batch)?;
                Ok(batch)
            }
            Self::Ahead { filled, spent, batch } => {
                // The thread ends early only after an error, or in a panic, which goes on when the scope ends.
                let ended = |_| Error::invalid(OPERATION, "another batch of the examples", "a thread that panicked");
                let next = filled.recv().map_err(ended)??;
                // It may have ended: nobody needs the memory then.
                let _ = spent.send(std::mem::replace(*batch, next));
                Ok(batch)
            }
        }
    }
}

/// Calls `train` with the batches that have these rows; a thread gathers up to two of them ahead, if `ahead` and if the
/// system gives one.
pub(super) fn feed<'r, F: Float, R>(
    examples: &dyn Examples<F>,
    batch: &mut Batch<F>,
    rows: impl Iterator<Item = &'r [usize]> + Send,
    ahead: bool,
    train: impl FnOnce(&mut Feed<'_, F>) -> R,
) -> R {
    // Arrays were checked as a whole, before the fit.
    let is_checked = arrays_of(examples).is_some();
    if !ahead {
        return train(&mut Feed::Here { examples, batch, is_checked });
    }
    thread::scope(|scope| {
        // One batch waits in the channel, and one more in the thread.
        let (fill, filled) = sync_channel(1);
        let (spent, emptied) = channel::<Batch<F>>();
        let epoch = batch.epoch();
        let gather_all = move || {
            for rows in rows {
                let mut batch = emptied.try_recv().unwrap_or_default();
                batch.set_epoch(epoch);
                let outcome = gather(OPERATION, examples, rows, &mut batch);
                let failed = outcome.is_err();
                if fill.send(outcome.map(|()| batch)).is_err() || failed {
                    return;
                }
            }
        };
        match thread::Builder::new().name("gather".into()).spawn_scoped(scope, gather_all) {
            Ok(_) => train(&mut Feed::Ahead { filled, spent, batch }),
            Err(_) => train(&mut Feed::Here { examples, batch, is_checked }),
        }
    })
}
