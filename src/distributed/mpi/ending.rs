//! The end of a rank: it answers those that still wait for it, until all have ended.

use super::super::fault::Fault;
use super::control::{Control, MESSAGE, Reduction};
use super::watch::{Watch, Whom};
use super::world::World;
use mpi::collective::{CommunicatorCollectives, SystemOperation};
use mpi::datatype::Equivalence;
use mpi::point_to_point::Source;
use mpi::request::{Request, StaticScope};
use mpi::topology::Communicator as _;
use std::mem::forget;
use std::time::{Duration, Instant};

/// After this time the processor is left to others in between.
const LONG: Duration = Duration::from_millis(100);
const SLEEP: Duration = Duration::from_millis(1);

/// All-reductions that this rank takes part in, although it has ended: others have begun them.
#[derive(Default)]
struct Joined {
    single: Vec<Request<'static, [f32]>>,
    double: Vec<Request<'static, [f64]>>,
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.abort(&Fault::new(self.rank(), "panicked"));
        }
        let fault = self.fault();
        if let Some(fault) = fault.as_ref().filter(|_| self.hangs.get()) {
            self.abort(fault);
        }
        self.wait_for_all(fault);
    }
}

impl World {
    /// Returns when all ranks are here.
    fn wait_for_all(&self, fault: Option<Fault>) {
        let reductions = self.reductions.get();
        let (mut joined, mut barrier) = (Joined::default(), None);
        let mut is_blamed = false;
        let started = Instant::now();
        let mut watch = Watch::start(started);
        loop {
            let now = Instant::now();
            while let Some((rank, control)) = self.next_control() {
                match control {
                    Control::Ask(reduction) => {
                        self.tell(rank, &Control::Ended { reductions, fault: fault.clone() });
                        if let Some(reduction) = reduction {
                            self.join(reduction, &mut joined);
                        }
                    }
                    Control::Blame => {
                        self.tell(rank, &Control::Ended { reductions, fault: fault.clone() });
                        if fault.is_none() && !is_blamed {
                            self.print(&Fault::new(self.rank(), "ended while others waited for it"));
                        }
                        is_blamed = true;
                    }
                    Control::Waits | Control::Ended { .. } => watch.hear(self, rank, now),
                    Control::Chain { .. } => {}
                }
            }
            self.discard_messages();
            // After an orderly end the others may take their time. After a fault, one that hangs must not stop the
            // rest.
            if fault.is_some()
                && let Err(hanging) = watch.ask(self, Whom::All(None), now)
            {
                self.abort(&hanging);
            }
            // Each question has one answer: none is on its way when the barrier is complete.
            if barrier.is_none() && self.asked.borrow().is_empty() {
                barrier = Some(self.endings.immediate_barrier());
            }
            barrier = match barrier.map(Request::test) {
                Some(Ok(_)) => break,
                Some(Err(request)) => Some(request),
                None => None,
            };
            std::thread::yield_now();
            if started.elapsed() >= LONG {
                std::thread::sleep(SLEEP);
            }
        }
        // A request must not be dropped before its end.
        joined.single.drain(..).filter_map(|request| request.test().err()).for_each(forget);
        joined.double.drain(..).filter_map(|request| request.test().err()).for_each(forget);
    }

    /// Takes part in a reduction that others have begun, so that they get to an end: a message on its way cannot be
    /// taken back. They learn of it by the one behind the numbers.
    fn join(&self, reduction: Reduction, joined: &mut Joined) {
        if reduction.number != self.reductions.get() {
            return;
        }
        self.reductions.set(reduction.number + 1);
        let (count, sum) = (reduction.length as usize, SystemOperation::sum());
        // Both buffers must live as long as the request, which may be the rest of the process.
        if reduction.is_double {
            let (own, sums) = (last_is_one(count, 0.0, 1.0), vec![0.0_f64; count + 1].leak());
            joined.double.push(self.messages.immediate_all_reduce_into(StaticScope, own, sums, sum));
        } else {
            let (own, sums) = (last_is_one(count, 0.0, 1.0), vec![0.0_f32; count + 1].leak());
            joined.single.push(self.messages.immediate_all_reduce_into(StaticScope, own, sums, sum));
        }
    }

    /// Receives messages that nobody waits for any more, so that their senders get to an end.
    fn discard_messages(&self) {
        while let Some((message, status)) = self.messages.any_process().immediate_matched_probe_with_tag(MESSAGE) {
            let length = status.count(u8::equivalent_datatype()) as usize;
            message.matched_receive_into(&mut vec![0_u8; length][..]);
        }
    }
}

fn last_is_one<F: Copy>(count: usize, zero: F, one: F) -> &'static [F] {
    let mut values = vec![zero; count + 1];
    values[count] = one;
    values.leak()
}
