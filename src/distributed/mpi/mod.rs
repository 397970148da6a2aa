//! [`Mpi`]: ranks that are processes, on one machine or on many.

mod control;
mod ending;
mod transfer;
mod wait;
mod watch;
mod world;

use super::Communicator;
use super::communicator::{another_rank, sum_by_doubling};
use super::fault::Fault;
use crate::{Error, Result};
use std::cell::RefCell;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;
use world::World;

thread_local! {
    /// The one connection of the process, on the thread that made it: MPI allows calls from this thread alone.
    static WORLD: RefCell<Option<World>> = const { RefCell::new(None) };
}

/// The communicator of a rank that is a process, started by `mpirun -n 4 program`, by `srun`, or alone as the one rank.
///
/// A program makes it once, at its start, and drops it at its end.
///
/// ```no_run
/// use feedforward::distributed::{Communicator, Mpi};
///
/// fn main() -> Result<(), feedforward::Error> {
///     let communicator = Mpi::new()?;
///     println!("rank {} of {}", communicator.rank(), communicator.size());
///     communicator.barrier()
/// }
/// ```
///
/// # Threads
///
/// MPI is asked for the level "funneled": calls come from the thread that called [`new`](Self::new), and are refused
/// with an error on any other one. The communicator itself may be borrowed and moved anywhere.
///
/// # Faults
///
/// - A rank that returns an error from `main`, or leaves early, drops its communicator: ranks that wait for it get
///   [`Error::Rank`], within a second, and the rank prints a line that names it. The drop returns when all ranks have
///   dropped theirs.
/// - A rank that panics drops its communicator while it unwinds: it prints a line that names it and ends all ranks
///   (`MPI_Abort`). When the communicator is owned by another thread, the rank leaves as if it had returned.
/// - A rank that is killed ends all ranks: `mpirun` sees it and says which one it was. `srun` needs
///   `--kill-on-bad-exit`.
/// - A rank that hangs for longer than the [`timeout`](Self::timeout) is named by [`Error::Rank`] on the rank that
///   waits for it. The drop of that rank's communicator prints a line and ends all ranks, as a rank that hangs would
///   keep them from ending. When a message to the hanging rank cannot be taken back, this happens at once.
#[derive(Debug)]
pub struct Mpi {
    rank: usize,
    size: usize,
    timeout: Duration,
    /// What two ranks receive of each other in a sum, kept for the next one.
    single: Mutex<Vec<f32>>,
    double: Mutex<Vec<f64>>,
}

impl Mpi {
    /// Connects this process to the others that the same `mpirun` has started; alone, it is the one rank.
    ///
    /// # Errors
    /// When MPI has been initialized in this process before, by this function or otherwise, and when the library of MPI
    /// does not allow other threads in the program. Where MPI itself cannot start, it ends the process with a message.
    pub fn new() -> Result<Self> {
        let world = World::new()?;
        // Ten minutes: as long as PyTorch waits for NCCL. A rank may load data, write a checkpoint to a slow disk or
        // run an observer meanwhile; a false alarm costs the run, a late one costs minutes.
        let communicator = Self {
            rank: world.rank(),
            size: world.size(),
            timeout: Duration::from_secs(600),
            single: Mutex::default(),
            double: Mutex::default(),
        };
        WORLD.with_borrow_mut(|slot| *slot = Some(world));
        Ok(communicator)
    }

    /// Sets how long a rank may leave one that waits for it without a sign of life, before it counts as hanging; by
    /// default 10 minutes.
    ///
    /// A rank gives a sign when it sends, or waits itself. So the longest computation between two calls must take less
    /// than this: an epoch's evaluation by one rank alone, the loading of data.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Calls MPI, if this is its thread.
    fn call(&self, operation: &'static str, call: impl FnOnce(&World) -> std::result::Result<(), Fault>) -> Result<()> {
        if self.timeout.is_zero() {
            return Err(Error::invalid("Mpi::timeout", "a time above zero", "0 s"));
        }
        let done = WORLD.try_with(|slot| {
            let slot = slot.borrow();
            Some(slot.as_ref()?.with_timeout(self.timeout, call).map_err(Fault::into_error))
        });
        done.ok().flatten().unwrap_or_else(|| {
            let thread = thread::current();
            let found = format!("one on thread {}", thread.name().unwrap_or("without a name"));
            Err(Error::invalid(operation, "a call on the thread that called Mpi::new, as MPI allows no other", found))
        })
    }
}

impl Communicator for Mpi {
    fn rank(&self) -> usize {
        self.rank
    }

    fn size(&self) -> usize {
        self.size
    }

    fn send_receive(&self, send: Option<(&[u8], usize)>, receive: Option<(&mut [u8], usize)>) -> Result<()> {
        let others = [send.map(|(_, rank)| rank), receive.as_ref().map(|(_, rank)| *rank)];
        others.into_iter().flatten().try_for_each(|rank| another_rank(self, rank))?;
        self.call("Communicator::send_receive", |world| world.send_receive(send, receive))
    }

    // Two ranks exchange their numbers: 440 KB take 83 us, and 135 us by MPI_Iallreduce (Open MPI 4.1.4, shared
    // memory).
    fn all_reduce_sum_f32(&self, values: &mut [f32]) -> Result<()> {
        if self.size == 2 {
            let mut received = self.single.lock().unwrap_or_else(PoisonError::into_inner);
            return sum_by_doubling(self, values, &mut received);
        }
        self.call("Communicator::all_reduce_sum_f32", |world| world.all_reduce_sum(values, &world.single))
    }

    fn all_reduce_sum_f64(&self, values: &mut [f64]) -> Result<()> {
        if self.size == 2 {
            let mut received = self.double.lock().unwrap_or_else(PoisonError::into_inner);
            return sum_by_doubling(self, values, &mut received);
        }
        self.call("Communicator::all_reduce_sum_f64", |world| world.all_reduce_sum(values, &world.double))
    }
}

impl Drop for Mpi {
    fn drop(&mut self) {
        // On another thread nothing is found: the connection ends with its own thread.
        let Ok(Some(world)) = WORLD.try_with(RefCell::take) else { return };
        let follows = world.fault().is_some();
        drop(world);
        if follows {
            // mpirun kills all ranks as soon as one returns an error: let that be the one that is the cause.
            thread::sleep(Duration::from_millis(300));
        }
    }
}
