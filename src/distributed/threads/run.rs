//! [`Threads::run`]: starts ranks and returns what they return.

use super::super::fault::Fault;
use super::Threads;
use super::hub::{Ending, Hub};
use crate::{Error, Result};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};
use std::thread::{Builder, scope};
use std::time::Duration;

/// The most ranks: each is a thread of the system.
const RANKS: usize = 1024;

impl Threads {
    /// Runs `work` on each rank, a thread each, and returns the results in the order of the ranks.
    ///
    /// Each thread is given its communicator. A rank that waits for one that has ended gets
    /// [`Error::Rank`](crate::Error::Rank), and so do ranks that wait for each other in a circle.
    ///
    /// # Errors
    /// The error of the rank that failed first; that of a rank that panicked is
    /// [`Error::Rank`](crate::Error::Rank) with the message of the panic. A number of ranks that is 0 or above 1,024 is
    /// refused.
    pub fn run<T: Send>(ranks: usize, work: impl Fn(&Self) -> Result<T> + Sync) -> Result<Vec<T>> {
        start("Threads::run", ranks, None, &work)
    }

    /// Runs `work` on each rank, as [`run`](Self::run), where a rank that waits for another one for longer than
    /// `timeout` gets [`Error::Rank`](crate::Error::Rank). The error names the rank that hangs: the one that does not
    /// wait itself, at the end of the chain of those that wait for each other.
    ///
    /// A thread cannot be ended from outside: this function returns when the hanging rank has returned, too.
    ///
    /// # Errors
    /// As [`run`](Self::run); a timeout of zero is refused.
    pub fn run_with_timeout<T: Send>(
        ranks: usize,
        timeout: Duration,
        work: impl Fn(&Self) -> Result<T> + Sync,
    ) -> Result<Vec<T>> {
        let operation = "Threads::run_with_timeout";
        if timeout.is_zero() {
            return Err(Error::invalid(operation, "a timeout above zero", format!("{timeout:?}")));
        }
        start(operation, ranks, Some(timeout), &work)
    }
}

fn start<T: Send>(
    operation: &'static str,
    ranks: usize,
    timeout: Option<Duration>,
    work: &(impl Fn(&Threads) -> Result<T> + Sync),
) -> Result<Vec<T>> {
    if !(1..=RANKS).contains(&ranks) {
        return Err(Error::invalid(operation, format!("1 to {RANKS} ranks"), ranks));
    }
    let hub = Arc::new(Hub::new(ranks, timeout));
    let run_rank = |rank: usize| {
        let communicator = Threads { rank, hub: Arc::clone(&hub), fault: OnceLock::new() };
        let (result, ending) = match catch_unwind(AssertUnwindSafe(|| work(&communicator))) {
            Ok(Ok(value)) => (Ok(value), Ending::Ended),
            Ok(Err(error)) => {
                let ending = Ending::of_error(rank, &error);
                (Err(error), ending)
            }
            Err(panic) => {
                let fault = Fault::new(rank, message_of(&*panic));
                (Err(fault.clone().into_error()), Ending::Failed(fault))
            }
        };
        hub.end(rank, ending);
        result
    };
    let results: Vec<Result<T>> = scope(|threads| {
        let started: Vec<_> = (0..ranks)
            .map(|rank| {
                let name = format!("rank {rank}");
                let started = Builder::new().name(name).spawn_scoped(threads, move || run_rank(rank));
                started.map_err(|error| {
                    let fault = Fault::new(rank, format!("could not be started: {error}"));
                    hub.end(rank, Ending::Failed(fault.clone()));
                    fault
                })
            })
            .collect();
        let join = |(rank, thread): (usize, std::result::Result<std::thread::ScopedJoinHandle<'_, _>, Fault>)| {
            let failed = |panic: Box<dyn Any + Send>| Err(Fault::new(rank, message_of(&*panic)).into_error());
            thread.map_err(Fault::into_error)?.join().unwrap_or_else(failed)
        };
        started.into_iter().enumerate().map(join).collect()
    });
    // The cause, rather than what followed from it.
    let cause = hub.cause();
    let mut first = None;
    let mut values = Vec::with_capacity(ranks);
    for (rank, result) in results.into_iter().enumerate() {
        match result {
            Ok(value) => values.push(value),
            Err(error) if first.is_none() || cause == Some(rank) => first = Some(error),
            Err(_) => {}
        }
    }
    first.map_or(Ok(values), Err)
}

/// Returns the message of a panic.
fn message_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.map_or_else(|| "panicked".to_owned(), |text| format!("panicked: {text}"))
}
