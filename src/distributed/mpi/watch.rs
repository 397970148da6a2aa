//! [`Watch`]: asks ranks for signs of life, and finds the one that gives none.

use super::super::fault::Fault;
use super::control::{Control, Reduction};
use super::world::World;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How long a wait is before the first question, and how long a rank that answered is left alone. A network answers
/// within a millisecond, so that this costs nothing that could be measured, and an end gets around in a second.
const PAUSE: Duration = Duration::from_millis(100);
/// How long a rank may take to answer at the end of the timeout.
const ANSWER: Duration = Duration::from_secs(1);
/// How many ranks are asked at the same time.
const ASKED: usize = 8;

/// For whom a rank waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whom {
    Rank(usize),
    /// For all ranks, in an all-reduction or at the end.
    All(Option<Reduction>),
}

/// Asks ranks for signs of life, from the start of one wait on.
#[derive(Debug)]
pub(super) struct Watch {
    started: Instant,
    /// When a rank gave a sign of life last.
    heard: BTreeMap<usize, Instant>,
    /// Of all ranks, the next one to ask.
    next: usize,
}

impl Watch {
    pub(super) fn start(started: Instant) -> Self {
        Self { started, heard: BTreeMap::new(), next: 0 }
    }

    /// Notes an answer.
    pub(super) fn hear(&mut self, world: &World, rank: usize, now: Instant) {
        world.note_answer(rank);
        self.heard.insert(rank, now);
    }

    /// Asks those ranks that it is time to ask.
    ///
    /// # Errors
    /// The rank that has given no sign of life for the whole timeout.
    pub(super) fn ask(&mut self, world: &World, whom: Whom, now: Instant) -> Result<(), Fault> {
        match whom {
            Whom::Rank(rank) => self.ask_one(world, rank, Control::Ask(None), now),
            Whom::All(reduction) => {
                // Those that have been asked first, then the next ones.
                let waiting: Vec<usize> = world.asked.borrow().keys().copied().collect();
                waiting.iter().try_for_each(|&rank| self.check(world, rank, now))?;
                for _ in waiting.len()..ASKED.min(world.size() - 1) {
                    self.next = (self.next + 1) % world.size();
                    if self.next != world.rank() {
                        self.ask_one(world, self.next, Control::Ask(reduction), now)?;
                    }
                }
                Ok(())
            }
        }
    }

    fn ask_one(&self, world: &World, rank: usize, question: Control, now: Instant) -> Result<(), Fault> {
        self.check(world, rank, now)?;
        let heard = self.heard.get(&rank).unwrap_or(&self.started);
        if now.duration_since(*heard) >= PAUSE && !world.asked.borrow().contains_key(&rank) {
            world.ask(rank, &question, now);
        }
        Ok(())
    }

    /// Checks that a rank that was asked has given a sign of life within the timeout.
    fn check(&self, world: &World, rank: usize, now: Instant) -> Result<(), Fault> {
        let timeout = world.timeout.get();
        let Some((_, asked)) = world.asked.borrow().get(&rank).copied() else { return Ok(()) };
        let heard = *self.heard.get(&rank).unwrap_or(&self.started);
        if now.duration_since(asked) < ANSWER || now.duration_since(heard) < timeout {
            return Ok(());
        }
        world.hangs.set(true);
        Err(Fault::new(rank, format!("has not answered for {timeout:?}")))
    }
}
