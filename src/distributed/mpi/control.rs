//! [`Control`]: short messages between ranks beside those of the communicator: signs of life, and the end of a rank.

use super::super::fault::Fault;
use super::world::World;
use mpi::datatype::Equivalence;
use mpi::point_to_point::{Destination, Source};
use mpi::topology::Communicator as _;
use std::time::Instant;

/// The tags of MPI: messages of the communicator, and of the control channel.
pub(super) const MESSAGE: i32 = 0;
const CONTROL: i32 = 1;

/// The length of the longest text in a message, in bytes: with all else it stays below `world::CONTROL_BYTES`.
const LONGEST_TEXT: usize = 512;

/// An all-reduction: all ranks take part in the same ones, in the same order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reduction {
    pub(super) number: u64,
    pub(super) length: u64,
    pub(super) is_double: bool,
}

/// A message of the control channel.
#[derive(Debug)]
pub(super) enum Control {
    /// Asks for a sign of life. Each question gets one answer, as soon as the rank waits or ends.
    Ask(Option<Reduction>),
    /// Answers: this rank waits, too.
    Waits,
    /// Answers: this rank has ended, after this number of all-reductions, because of another rank's fault or without
    /// one.
    Ended { reductions: u64, fault: Option<Fault> },
    /// Says that this rank fails because the other one has ended; answered like a question.
    Blame,
    /// Follows the chain of ranks that wait for each other, from a rank and its wait of this number on. When it comes
    /// back the chain is a circle.
    Chain { rank: u64, wait: u64 },
}

impl World {
    /// Sends a message to the control channel of another rank, without waiting.
    pub(super) fn tell(&self, rank: usize, control: &Control) {
        self.process(rank).buffered_send_with_tag(&control.encode()[..], CONTROL);
    }

    /// Tells a rank that has ended that this one fails because of it.
    pub(super) fn blame(&self, rank: usize, now: Instant) {
        self.ask(rank, &Control::Blame, now);
    }

    /// Sends a message that is to be answered.
    pub(super) fn ask(&self, rank: usize, question: &Control, now: Instant) {
        self.tell(rank, question);
        self.asked.borrow_mut().entry(rank).or_insert((0, now)).0 += 1;
    }

    /// Notes an answer.
    pub(super) fn note_answer(&self, rank: usize) {
        let mut asked = self.asked.borrow_mut();
        if let Some((count, _)) = asked.get_mut(&rank) {
            *count -= 1;
        }
        asked.retain(|_, (count, _)| *count > 0);
    }

    /// Returns the next message that has arrived on the control channel, and the rank that sent it.
    pub(super) fn next_control(&self) -> Option<(usize, Control)> {
        let (message, status) = self.messages.any_process().immediate_matched_probe_with_tag(CONTROL)?;
        let mut bytes = vec![0_u8; status.count(u8::equivalent_datatype()) as usize];
        message.matched_receive_into(&mut bytes[..]);
        Some((status.source_rank() as usize, Control::decode(&bytes)?))
    }
}

impl Control {
    fn encode(&self) -> Vec<u8> {
        let (kind, numbers, text): (u8, [u64; 3], &[u8]) = match self {
            Self::Ask(None) => (0, [0; 3], &[]),
            Self::Ask(Some(Reduction { number, length, is_double })) => {
                (1, [*number, *length, u64::from(*is_double)], &[])
            }
            Self::Waits => (2, [0; 3], &[]),
            Self::Ended { reductions, fault: None } => (3, [*reductions, 0, 0], &[]),
            Self::Ended { reductions, fault: Some(Fault { rank, problem }) } => {
                (4, [*reductions, *rank as u64, 0], &problem.as_bytes()[..problem.len().min(LONGEST_TEXT)])
            }
            Self::Blame => (6, [0; 3], &[]),
            Self::Chain { rank, wait } => (5, [*rank, *wait, 0], &[]),
        };
        [&[kind], numbers.map(u64::to_le_bytes).as_flattened(), text].concat()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (kind, rest) = bytes.split_first()?;
        let (numbers, text) = rest.split_at_checked(24)?;
        let mut numbers = numbers.as_chunks().0.iter().map(|&bytes| u64::from_le_bytes(bytes));
        let [first, second, third] = [numbers.next()?, numbers.next()?, numbers.next()?];
        Some(match kind {
            0 => Self::Ask(None),
            1 => Self::Ask(Some(Reduction { number: first, length: second, is_double: third == 1 })),
            2 => Self::Waits,
            3 => Self::Ended { reductions: first, fault: None },
            4 => {
                let fault = Fault::new(second as usize, String::from_utf8_lossy(text));
                Self::Ended { reductions: first, fault: Some(fault) }
            }
            5 => Self::Chain { rank: first, wait: second },
            6 => Self::Blame,
            _ => return None,
        })
    }
}
