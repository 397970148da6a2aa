//! [`Hub`]: the mailboxes of all ranks, and who waits for whom.

use super::super::fault::Fault;
use crate::Error;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Joins the ranks of one [`Threads::run`](super::Threads::run). A message waits in the mailbox of its receiver, so
/// that sending never blocks.
#[derive(Debug)]
pub(super) struct Hub {
    state: Mutex<State>,
    /// One for each rank, notified when something may end its wait.
    changes: Vec<Condvar>,
    timeout: Option<Duration>,
}

#[derive(Debug, Default)]
struct State {
    ranks: Vec<Rank>,
    /// Buffers of messages that were received.
    spare: Vec<Vec<u8>>,
    /// The first rank that failed by itself.
    cause: Option<usize>,
}

#[derive(Debug, Default)]
struct Rank {
    /// The messages that have arrived, by sender.
    mail: BTreeMap<usize, VecDeque<Vec<u8>>>,
    waits: Option<Wait>,
    ending: Option<Ending>,
}

#[derive(Debug, Clone, Copy)]
struct Wait {
    from: usize,
    /// Missing without a timeout.
    since: Option<Instant>,
}

/// How a rank has ended.
#[derive(Debug)]
pub(super) enum Ending {
    /// It returned Ok.
    Ended,
    /// It returned an error, panicked, or could not be started; or it failed because of the rank in the fault.
    Failed(Fault),
}

impl Ending {
    /// Returns how a rank ended that returned this error.
    pub(super) fn of_error(rank: usize, error: &Error) -> Self {
        let own = || Fault::new(rank, format!("ended with an error: {error}"));
        Self::Failed(Fault::within(error).unwrap_or_else(own))
    }
}

impl Hub {
    pub(super) fn new(size: usize, timeout: Option<Duration>) -> Self {
        let ranks = (0..size).map(|_| Rank::default()).collect();
        let state = Mutex::new(State { ranks, ..State::default() });
        Self { state, changes: (0..size).map(|_| Condvar::new()).collect(), timeout }
    }

    pub(super) fn size(&self) -> usize {
        self.changes.len()
    }

    /// Puts a message into the mailbox of another rank.
    pub(super) fn send(&self, rank: usize, to: usize, bytes: &[u8]) -> Result<(), Fault> {
        let mut state = self.lock();
        if let Some(ending) = &state.ranks[to].ending {
            return Err(ending.fault(to));
        }
        let mut message = state.spare.pop().unwrap_or_default();
        // A long copy must not keep the other ranks waiting.
        drop(state);
        message.clear();
        message.extend_from_slice(bytes);
        self.lock().ranks[to].mail.entry(rank).or_default().push_back(message);
        self.changes[to].notify_all();
        Ok(())
    }

    /// Waits for the next message of a rank.
    pub(super) fn receive(&self, rank: usize, from: usize, bytes: &mut [u8]) -> Result<(), Fault> {
        let mut state = self.lock();
        state.ranks[rank].waits = Some(Wait { from, since: self.timeout.map(|_| Instant::now()) });
        let received = loop {
            if let Some(message) = state.ranks[rank].mail.get_mut(&from).and_then(VecDeque::pop_front) {
                break Ok(message);
            }
            if let Some(ending) = &state.ranks[from].ending {
                break Err(ending.fault(from));
            }
            let chain = state.chain(rank);
            let Some(&(last, hanging)) = chain.last().filter(|(_, hanging)| *hanging != rank) else {
                break Err(circle(&chain));
            };
            state = match (self.timeout, state.ranks[last].waits) {
                (Some(timeout), Some(Wait { since: Some(since), .. })) => {
                    // The last rank that waits may have begun to wait only now: the time is its time. A rank whose wait
                    // has just ended, but which does not run yet, does not hang.
                    let wakes_up = state.ranks[hanging].waits.is_some();
                    let rest = if wakes_up { timeout } else { timeout.saturating_sub(since.elapsed()) };
                    if rest.is_zero() {
                        break Err(Fault::new(hanging, format!("has not answered for {timeout:?}")));
                    }
                    self.changes[rank].wait_timeout(state, rest).unwrap_or_else(PoisonError::into_inner).0
                }
                _ => self.changes[rank].wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        };
        state.ranks[rank].waits = None;
        if let Err(fault) = &received {
            // The rank will send nothing any more, so those that wait for it need not wait until it has returned.
            state.ranks[rank].ending = Some(Ending::Failed(fault.clone()));
            self.changes.iter().for_each(Condvar::notify_all);
        }
        drop(state);
        let message = received?;
        let fits = message.len() == bytes.len();
        if fits {
            bytes.copy_from_slice(&message);
        }
        let length = message.len();
        self.lock().spare.push(message);
        if fits {
            return Ok(());
        }
        let problem = format!("sent {length} bytes where rank {rank} expected {}", bytes.len());
        Err(Fault::new(from, problem))
    }

    /// Notes how a rank has ended, unless it has failed before, and wakes all that wait for it.
    pub(super) fn end(&self, rank: usize, ending: Ending) {
        let mut state = self.lock();
        if let Ending::Failed(fault) = &ending
            && fault.rank == rank
        {
            state.cause.get_or_insert(rank);
        }
        state.ranks[rank].ending.get_or_insert(ending);
        self.changes.iter().for_each(Condvar::notify_all);
    }

    /// Returns the first rank that failed by itself.
    pub(super) fn cause(&self) -> Option<usize> {
        self.lock().cause
    }

    /// Locks the state, which is whole at each unlock, after a panic too.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Returns for whom a rank waits, for whom that one waits, and so on: pairs of a rank that waits and the one it
    /// waits for. The last one of the last pair does not wait, or stands in the chain before.
    fn chain(&self, rank: usize) -> Vec<(usize, usize)> {
        let mut chain: Vec<(usize, usize)> = Vec::new();
        let mut waiting = rank;
        while let Some(from) = self.waits_for(waiting) {
            chain.push((waiting, from));
            if chain.iter().any(|(earlier, _)| *earlier == from) {
                break;
            }
            waiting = from;
        }
        chain
    }

    /// Returns for whom a rank waits whose wait nothing has ended yet.
    fn waits_for(&self, rank: usize) -> Option<usize> {
        let rank = &self.ranks[rank];
        let from = rank.waits?.from;
        let arrived = rank.mail.get(&from).is_some_and(|messages| !messages.is_empty());
        (!arrived && self.ranks[from].ending.is_none()).then_some(from)
    }
}

impl Ending {
    /// Returns what is wrong for a rank that waits for one that has ended.
    fn fault(&self, rank: usize) -> Fault {
        match self {
            Self::Ended => Fault::new(rank, "ended"),
            Self::Failed(fault) => fault.clone(),
        }
    }
}

/// Says that ranks wait for each other, for ever.
fn circle(chain: &[(usize, usize)]) -> Fault {
    let ranks: Vec<_> = chain.iter().map(|(_, from)| from.to_string()).collect();
    let problem = format!("waits in a circle: {} -> {}", ranks.last().map_or("", String::as_str), ranks.join(" -> "));
    Fault::new(chain.first().map_or(0, |(_, from)| *from), problem)
}
