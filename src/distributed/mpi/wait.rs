//! [`Wait`]: what a rank does while it waits: it spins, yields, answers others, and looks after those it waits for.

use super::super::fault::Fault;
use super::control::Control;
use super::watch::{Watch, Whom};
use super::world::World;
use std::time::{Duration, Instant};

/// How often a wait asks MPI before it yields the processor: for some 10 us in shared memory, 50 us by TCP. To yield an
/// idle processor costs less than 1 us. The kernel's network threads need it: between two network namespaces on two
/// processors, 8 bytes took 2.8 ms after 4,000 times, 0.16 ms after 200 and 0.05 ms after 50.
const SPINS: u32 = 50;
/// How often it looks at the control channel then.
const CHECK: Duration = Duration::from_micros(100);
/// After this time the processor is worth more than a fast answer: sleep in between.
const LONG: Duration = Duration::from_secs(1);
const SLEEP: Duration = Duration::from_micros(100);
/// How long a message may take that a rank has sent before it ended: its end may overtake it.
const LAST_MESSAGE: Duration = Duration::from_millis(100);
/// How often a rank looks for a circle of ranks that wait for each other, once its timeout is over.
const CHAIN: Duration = Duration::from_secs(1);

/// One wait, for one call.
pub(super) struct Wait<'w> {
    world: &'w World,
    pauses: u32,
    checked: Option<Instant>,
    slow: Option<Slow>,
}

/// What a wait needs that is not over at once.
#[derive(Debug)]
struct Slow {
    started: Instant,
    number: u64,
    watch: Watch,
    /// A rank that has ended: when this was heard, and why.
    ended: Option<(usize, Instant, Fault)>,
    chain_sent: Option<Instant>,
}

impl<'w> Wait<'w> {
    pub(super) fn new(world: &'w World) -> Self {
        Self { world, pauses: 0, checked: None, slow: None }
    }

    /// Lets a moment pass.
    ///
    /// # Errors
    /// When what it waits for will not happen.
    #[inline]
    pub(super) fn pause(&mut self, whom: Whom) -> Result<(), Fault> {
        self.pauses = self.pauses.wrapping_add(1);
        if self.pauses < SPINS && !self.world.is_oversubscribed {
            std::hint::spin_loop();
            return Ok(());
        }
        std::thread::yield_now();
        let now = Instant::now();
        if self.checked.is_some_and(|checked| now.duration_since(checked) < CHECK) {
            return Ok(());
        }
        self.checked = Some(now);
        self.check(whom, now)
    }

    #[cold]
    fn check(&mut self, whom: Whom, now: Instant) -> Result<(), Fault> {
        let world = self.world;
        let slow = self.slow.get_or_insert_with(|| {
            world.waits.set(world.waits.get() + 1);
            let (number, watch) = (world.waits.get(), Watch::start(now));
            Slow { started: now, number, watch, ended: None, chain_sent: None }
        });
        while let Some((rank, control)) = world.next_control() {
            slow.receive(world, whom, rank, control, now)?;
        }
        let waited = now.duration_since(slow.started);
        if waited >= LONG {
            std::thread::sleep(SLEEP);
        }
        slow.watch.ask(world, whom, now)?;
        if let Some((rank, since, fault)) = &slow.ended
            && (whom == Whom::Rank(*rank) || matches!(whom, Whom::All(_)))
            && now.duration_since(*since) >= LAST_MESSAGE
        {
            world.blame(*rank, now);
            return Err(fault.clone());
        }
        if let Whom::Rank(rank) = whom
            && waited >= world.timeout.get()
            && slow.chain_sent.is_none_or(|sent| now.duration_since(sent) >= CHAIN)
        {
            slow.chain_sent = Some(now);
            world.tell(rank, &Control::Chain { rank: world.rank() as u64, wait: slow.number });
        }
        Ok(())
    }
}

impl Slow {
    fn receive(&mut self, world: &World, whom: Whom, rank: usize, control: Control, now: Instant) -> Result<(), Fault> {
        match (control, whom) {
            (Control::Ask(_) | Control::Blame, _) => world.tell(rank, &Control::Waits),
            (Control::Waits, _) => self.watch.hear(world, rank, now),
            (Control::Ended { reductions, fault }, _) => {
                self.watch.hear(world, rank, now);
                // A rank that took part in the reduction may end before it is complete here.
                let took_part = matches!(whom, Whom::All(Some(reduction)) if reductions > reduction.number);
                if !took_part && self.ended.is_none() {
                    let fault = fault.unwrap_or_else(|| Fault::new(rank, "ended while this rank waited for it"));
                    self.ended = Some((rank, now, fault));
                }
            }
            (Control::Chain { rank: first, wait }, Whom::Rank(next)) if first == world.rank() as u64 => {
                if wait == self.number {
                    return Err(Fault::new(next, "waits, in a circle of ranks that wait for each other"));
                }
            }
            (Control::Chain { rank: first, wait }, Whom::Rank(next)) => {
                world.tell(next, &Control::Chain { rank: first, wait });
            }
            // All ranks wait for the last one that comes: this is no circle.
            (Control::Chain { .. }, Whom::All(_)) => {}
        }
        Ok(())
    }
}
