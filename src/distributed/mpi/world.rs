//! [`World`]: the connection of this process to the others.

use super::super::fault::Fault;
use crate::{Error, Result};
use mpi::environment::{Threading, Universe, initialize_with_threading};
use mpi::topology::{Communicator as _, Process, SimpleCommunicator};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, Instant};

/// The bytes of the longest message of the control channel, with what MPI adds to it in the buffer.
const CONTROL_BYTES: usize = 1024;

/// The connection of this process to the others, and what it knows of them.
pub(super) struct World {
    /// The messages of the communicator, and those of the control channel under a tag of their own. It is a duplicate,
    /// so that a program's own use of MPI cannot meet them.
    pub(super) messages: SimpleCommunicator,
    /// The barrier at the end, which must not meet an all-reduce of ranks that have not ended.
    pub(super) endings: SimpleCommunicator,
    // Fields are dropped in this order: MPI is finalized after its communicators.
    _universe: Universe,
    /// Whether there are more ranks on this machine than processors.
    pub(super) is_oversubscribed: bool,
    pub(super) timeout: Cell<Duration>,
    /// The ranks that have not answered yet, with the number of answers to come and the time of the first question.
    pub(super) asked: RefCell<BTreeMap<usize, (u32, Instant)>>,
    /// How many all-reductions have begun.
    pub(super) reductions: Cell<u64>,
    /// What an all-reduction reads and writes, kept for the next one.
    pub(super) single: RefCell<[Vec<f32>; 2]>,
    pub(super) double: RefCell<[Vec<f64>; 2]>,
    /// How many waits have begun that took long.
    pub(super) waits: Cell<u64>,
    /// What each call returns once one has failed.
    fault: RefCell<Option<Fault>>,
    /// Whether the rank of the fault hangs, so that an orderly end is not possible.
    pub(super) hangs: Cell<bool>,
}

impl World {
    pub(super) fn new() -> Result<Self> {
        let Some((mut universe, threading)) = initialize_with_threading(Threading::Funneled) else {
            let expected = "the first and only use of MPI in the process";
            return Err(Error::invalid("Mpi::new", expected, "MPI that has been initialized before"));
        };
        if threading < Threading::Funneled {
            let expected = "a library of MPI that allows other threads in the program (MPI_THREAD_FUNNELED)";
            return Err(Error::invalid("Mpi::new", expected, format!("{threading:?}")));
        }
        let world = universe.world();
        let (messages, endings) = (world.duplicate(), world.duplicate());
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let is_oversubscribed = world.split_shared(0).size() as usize > processors;
        // Questions and answers are copied to this buffer, so that sending them never blocks: for each other rank
        // questions to it and an answer to its question.
        universe.set_buffer_size((4 * messages.size() as usize).max(16) * CONTROL_BYTES);
        Ok(Self {
            messages,
            endings,
            _universe: universe,
            is_oversubscribed,
            timeout: Cell::new(Duration::MAX),
            asked: RefCell::default(),
            reductions: Cell::default(),
            single: RefCell::default(),
            double: RefCell::default(),
            waits: Cell::default(),
            fault: RefCell::default(),
            hangs: Cell::default(),
        })
    }

    pub(super) fn rank(&self) -> usize {
        self.messages.rank() as usize
    }

    pub(super) fn size(&self) -> usize {
        self.messages.size() as usize
    }

    pub(super) fn process(&self, rank: usize) -> Process<'_> {
        self.messages.process_at_rank(rank as i32)
    }

    /// Makes a call, unless one has failed before.
    pub(super) fn with_timeout(
        &self,
        timeout: Duration,
        call: impl FnOnce(&Self) -> std::result::Result<(), Fault>,
    ) -> std::result::Result<(), Fault> {
        self.timeout.set(timeout);
        if let Some(fault) = self.fault() {
            return Err(fault);
        }
        call(self).inspect_err(|fault| *self.fault.borrow_mut() = Some(fault.clone()))
    }

    /// Returns what each call returns, once one has failed.
    pub(super) fn fault(&self) -> Option<Fault> {
        self.fault.borrow().clone()
    }

    /// Ends all ranks, after a line that says why.
    pub(super) fn abort(&self, fault: &Fault) -> ! {
        self.print(fault);
        SimpleCommunicator::world().abort(1)
    }

    /// Prints a line that names the rank that ends all ranks.
    pub(super) fn print(&self, fault: &Fault) {
        // In one piece, as mpirun puts the lines of all ranks together. Without a stderr there is nobody to tell.
        let line = format!("rank {}: {}: all ranks end\n", fault.rank, fault.problem);
        let _ = std::io::stderr().write_all(line.as_bytes());
    }
}
