//! [`Threads`]: ranks that are threads of one process.

mod hub;
mod run;

use super::Communicator;
use super::communicator::another_rank;
use super::fault::Fault;
use crate::Result;
use hub::Hub;
use std::sync::{Arc, OnceLock};

/// The communicator of a rank that is a thread: made by [`Threads::run`], for tests and for one large machine.
///
/// ```
/// use feedforward::distributed::{Communicator, Threads};
///
/// let neighbours = Threads::run(4, |communicator| {
///     let (rank, size) = (communicator.rank(), communicator.size());
///     let mut received = [0];
///     communicator.send_receive(
///         Some((&[rank as u8], (rank + 1) % size)),
///         Some((&mut received, (rank + size - 1) % size)),
///     )?;
///     Ok(received[0])
/// })?;
/// assert_eq!(neighbours, [3, 0, 1, 2]);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug)]
pub struct Threads {
    rank: usize,
    hub: Arc<Hub>,
    /// What each call returns once one has failed.
    fault: OnceLock<Fault>,
}

impl Communicator for Threads {
    fn rank(&self) -> usize {
        self.rank
    }

    fn size(&self) -> usize {
        self.hub.size()
    }

    fn send_receive(&self, send: Option<(&[u8], usize)>, receive: Option<(&mut [u8], usize)>) -> Result<()> {
        let others = [send.map(|(_, rank)| rank), receive.as_ref().map(|(_, rank)| *rank)];
        others.into_iter().flatten().try_for_each(|rank| another_rank(self, rank))?;
        if let Some(fault) = self.fault.get() {
            return Err(fault.clone().into_error());
        }
        let sent = send.map_or(Ok(()), |(bytes, to)| self.hub.send(self.rank, to, bytes));
        let done = sent.and_then(|()| receive.map_or(Ok(()), |(bytes, from)| self.hub.receive(self.rank, from, bytes)));
        done.map_err(|fault| self.fault.get_or_init(|| fault).clone().into_error())
    }
}
