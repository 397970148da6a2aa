//! [`Communicator`]: what connects the ranks.

use crate::kernel::{self, Numbers};
use crate::{Error, Float, Result, check};
use std::fmt::Debug;

/// Connects ranks that work together: threads, processes, or machines of a cluster.
///
/// Each rank holds a communicator of its own, which knows the rank and the number of ranks. All ranks call the same
/// operations in the same order. An implementation needs only [`send_receive`](Self::send_receive); the collective
/// operations are built on it.
///
/// One thread of a rank calls at a time.
///
/// ```
/// use feedforward::distributed::{Communicator, Threads};
///
/// let sums = Threads::run(3, |communicator| {
///     let mut values = [communicator.rank() as f64, 1.0];
///     communicator.all_reduce_sum_f64(&mut values)?;
///     Ok(values)
/// })?;
/// assert_eq!(sums, [[3.0, 3.0]; 3]);
/// # Ok::<(), feedforward::Error>(())
/// ```
pub trait Communicator: Debug + Send + Sync {
    /// Returns the number of this rank, counted from 0.
    fn rank(&self) -> usize;

    /// Returns the number of ranks.
    fn size(&self) -> usize;

    /// Sends bytes to one rank and receives bytes from one, at the same time; either may be missing.
    ///
    /// The receiver knows the length. Messages between two ranks arrive in the order in which they were sent.
    ///
    /// # Errors
    /// [`Error::Rank`] when another rank left, panicked, was killed or hangs, or when it sent another length; from then
    /// on each call returns that error. A rank that is this one or is not below [`size`](Self::size) is refused.
    fn send_receive(&self, send: Option<(&[u8], usize)>, receive: Option<(&mut [u8], usize)>) -> Result<()>;

    /// Adds numbers up over all ranks, in an order of the implementation's choice that is the same on all ranks. By
    /// default by recursive doubling, in ⌈log2 size⌉ rounds (Thakur, Rabenseifner and Gropp 2005, section 4.5).
    ///
    /// # Errors
    /// As [`send_receive`](Self::send_receive).
    fn all_reduce_sum_f32(&self, values: &mut [f32]) -> Result<()> {
        sum_by_doubling(self, values, &mut Vec::new())
    }

    /// Adds numbers up over all ranks, as [`all_reduce_sum_f32`](Self::all_reduce_sum_f32).
    ///
    /// # Errors
    /// As [`send_receive`](Self::send_receive).
    fn all_reduce_sum_f64(&self, values: &mut [f64]) -> Result<()> {
        sum_by_doubling(self, values, &mut Vec::new())
    }

    /// Waits until all ranks have called it (the dissemination barrier of Hensgen, Finkel and Manber 1988).
    ///
    /// # Errors
    /// As [`send_receive`](Self::send_receive).
    fn barrier(&self) -> Result<()> {
        for (to, from, _) in rounds(self.rank(), self.size()) {
            self.send_receive(Some((&[], to)), Some((&mut [], from)))?;
        }
        Ok(())
    }

    /// Replaces the bytes on all ranks by those of the rank `root`, of any length, along a binomial tree.
    ///
    /// # Errors
    /// As [`send_receive`](Self::send_receive), and when `root` is not below [`size`](Self::size).
    fn broadcast(&self, bytes: &mut Vec<u8>, root: usize) -> Result<()> {
        check::index_below("Communicator::broadcast", "rank", self.size(), root)?;
        let mut length = (bytes.len() as u64).to_le_bytes();
        broadcast_into(self, &mut length, root)?;
        if self.rank() != root {
            resize("Communicator::broadcast", bytes, u64::from_le_bytes(length))?;
        }
        broadcast_into(self, bytes, root)
    }

    /// Returns the bytes of all ranks on all ranks: entry r is what rank r gave. The lengths may differ.
    ///
    /// Takes ⌈log2 size⌉ rounds (Bruck et al. 1997).
    ///
    /// # Errors
    /// As [`send_receive`](Self::send_receive).
    fn all_gather(&self, bytes: &[u8]) -> Result<Vec<Vec<u8>>> {
        let (rank, size) = (self.rank(), self.size());
        // Entry i is that of the rank i places before this one.
        let mut entries = vec![bytes.to_vec()];
        for (to, from, distance) in rounds(self.rank(), self.size()) {
            let count = distance.min(size - distance);
            let lengths: Vec<u8> =
                entries[..count].iter().flat_map(|entry| (entry.len() as u64).to_le_bytes()).collect();
            let mut their_lengths = vec![0; lengths.len()];
            self.send_receive(Some((&lengths, to)), Some((&mut their_lengths, from)))?;
            let their_lengths: Vec<u64> = their_lengths.as_chunks().0.iter().map(|&b| u64::from_le_bytes(b)).collect();
            let total = their_lengths.iter().fold(0_u64, |total, &length| total.saturating_add(length));
            let mut received = Vec::new();
            resize("Communicator::all_gather", &mut received, total)?;
            self.send_receive(Some((&entries[..count].concat(), to)), Some((&mut received, from)))?;
            let mut rest = &received[..];
            for length in their_lengths {
                let (entry, after) = rest.split_at(length as usize);
                entries.push(entry.to_vec());
                rest = after;
            }
        }
        // The order of the ranks, counted up: entry i came from rank - i.
        entries.reverse();
        entries.rotate_right((rank + 1) % size.max(1));
        Ok(entries)
    }

    /// Sends entry r to rank r, and returns what each rank sent to this one. The lengths may differ.
    ///
    /// # Errors
    /// As [`send_receive`](Self::send_receive), and when there is not one entry for each rank.
    fn all_to_all(&self, bytes: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>> {
        let (rank, size) = (self.rank(), self.size());
        check::rows("Communicator::all_to_all", "list of messages, one for each rank", size, bytes.len())?;
        let mut received = vec![Vec::new(); size];
        for distance in 1..size {
            let (to, from) = ((rank + distance) % size, (rank + size - distance) % size);
            let mut length = [0; 8];
            let own_length = (bytes[to].len() as u64).to_le_bytes();
            self.send_receive(Some((&own_length, to)), Some((&mut length, from)))?;
            resize("Communicator::all_to_all", &mut received[from], u64::from_le_bytes(length))?;
            self.send_receive(Some((&bytes[to], to)), Some((&mut received[from], from)))?;
        }
        if let Some(own) = bytes.into_iter().nth(rank) {
            received[rank] = own;
        }
        Ok(received)
    }
}

/// Checks that a message goes to another rank, or comes from one.
pub(super) fn another_rank(communicator: &(impl Communicator + ?Sized), rank: usize) -> Result<()> {
    let (own, size) = (communicator.rank(), communicator.size());
    if rank < size && rank != own {
        return Ok(());
    }
    let expected = format!("another rank than this one, {own}, of {size}");
    Err(Error::invalid("Communicator::send_receive", expected, rank))
}

/// Replaces the bytes on all ranks by those of the rank `root`, of the same length on all, along a binomial tree.
pub(crate) fn broadcast_into(communicator: &(impl Communicator + ?Sized), bytes: &mut [u8], root: usize) -> Result<()> {
    let (rank, size) = (communicator.rank(), communicator.size());
    // Ranks are counted from the root. A rank receives from the one without its lowest bit, and sends to those that
    // differ in one bit below that.
    let relative = (rank + size - root) % size;
    let mut bit = 1;
    while bit < size {
        if relative & bit != 0 {
            communicator.send_receive(None, Some((bytes, (rank + size - bit) % size)))?;
            break;
        }
        bit *= 2;
    }
    while bit > 1 {
        bit /= 2;
        if relative + bit < size {
            communicator.send_receive(Some((bytes, (rank + bit) % size)), None)?;
        }
    }
    Ok(())
}

/// Returns the lowest number of all ranks, on all ranks, in ⌈log2 size⌉ rounds.
pub(super) fn lowest(communicator: &(impl Communicator + ?Sized), own: u64) -> Result<u64> {
    let mut lowest = own;
    for (to, from, _) in rounds(communicator.rank(), communicator.size()) {
        let mut received = [0; 8];
        communicator.send_receive(Some((&lowest.to_le_bytes(), to)), Some((&mut received, from)))?;
        lowest = lowest.min(u64::from_le_bytes(received));
    }
    Ok(lowest)
}

/// Adds numbers up over all ranks, in the order of the communicator: fast, and other bits for other numbers of ranks.
pub(crate) fn all_reduce_sum<F: Float>(communicator: &dyn Communicator, values: &mut [F]) -> Result<()> {
    match F::as_numbers(values) {
        Numbers::F32(values) => communicator.all_reduce_sum_f32(values),
        Numbers::F64(values) => communicator.all_reduce_sum_f64(values),
    }
}

/// Adds numbers up over all ranks by recursive doubling. Both ranks of a pair add the same two numbers, so all ranks
/// have the same bits. `received` is memory for the numbers of another rank.
pub(super) fn sum_by_doubling<F: Float>(
    communicator: &(impl Communicator + ?Sized),
    values: &mut [F],
    received: &mut Vec<F>,
) -> Result<()> {
    let (rank, size) = (communicator.rank(), communicator.size());
    if size < 2 {
        return Ok(());
    }
    let paired = 1 << size.ilog2();
    // The ranks from the power of two on let one of those below add for them.
    if rank >= paired {
        communicator.send_receive(Some((kernel::as_bytes(values), rank - paired)), None)?;
        return communicator.send_receive(None, Some((kernel::as_bytes_mut(values), rank - paired)));
    }
    received.resize(values.len(), F::zero());
    let represented = (rank + paired < size).then_some(rank + paired);
    if let Some(represented) = represented {
        communicator.send_receive(None, Some((kernel::as_bytes_mut(received), represented)))?;
        add(values, received);
    }
    let mut bit = 1;
    while bit < paired {
        let other = rank ^ bit;
        let send = Some((kernel::as_bytes(values), other));
        communicator.send_receive(send, Some((kernel::as_bytes_mut(received), other)))?;
        add(values, received);
        bit *= 2;
    }
    match represented {
        Some(represented) => communicator.send_receive(Some((kernel::as_bytes(values), represented)), None),
        None => Ok(()),
    }
}

/// Adds numbers elementwise: `left += right`.
pub(super) fn add<F: Float>(left: &mut [F], right: &[F]) {
    left.iter_mut().zip(right).for_each(|(left, &right)| *left += right);
}

/// Returns the rounds in which each rank hears from all others, directly or through others: whom to send to, from whom
/// to receive, and how far these are away: 1, 2, 4, ...
fn rounds(rank: usize, size: usize) -> impl Iterator<Item = (usize, usize, usize)> {
    let distances = std::iter::successors(Some(1), |distance| Some(distance * 2)).take_while(move |&d| d < size);
    distances.map(move |distance| ((rank + distance) % size, (rank + size - distance) % size, distance))
}

/// Makes room for a message of another rank.
fn resize(operation: &'static str, bytes: &mut Vec<u8>, length: u64) -> Result<()> {
    bytes.clear();
    let reserved = usize::try_from(length).ok().filter(|&length| bytes.try_reserve_exact(length).is_ok());
    let Some(length) = reserved else {
        return Err(Error::invalid(operation, "a message that fits into memory", format!("{length} bytes")));
    };
    bytes.resize(length, 0);
    Ok(())
}
