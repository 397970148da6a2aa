//! [`Alone`]: the communicator of a program that has one rank.

use super::Communicator;
use super::communicator::another_rank;
use crate::Result;

/// The communicator of one rank: every collective operation returns at once.
///
/// ```
/// use feedforward::distributed::{Alone, Communicator};
///
/// assert_eq!((Alone.rank(), Alone.size()), (0, 1));
/// assert_eq!(Alone.all_gather(b"mine")?, [b"mine"]);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Alone;

impl Communicator for Alone {
    fn rank(&self) -> usize {
        0
    }

    fn size(&self) -> usize {
        1
    }

    fn send_receive(&self, send: Option<(&[u8], usize)>, receive: Option<(&mut [u8], usize)>) -> Result<()> {
        // There is no other rank: each of the two is refused.
        let others = [send.map(|(_, rank)| rank), receive.map(|(_, rank)| rank)];
        others.into_iter().flatten().try_for_each(|rank| another_rank(self, rank))
    }
}
