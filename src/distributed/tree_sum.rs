//! [`TreeSum`]: sums over the leaves of a batch along a fixed binary tree, whichever rank holds which leaf.

use super::Communicator;
use super::communicator::{add, broadcast_into};
use crate::kernel::{as_bytes, as_bytes_mut};
use crate::{Float, Result};
use std::ops::Range;

/// The sum of numbers over the leaves of a batch, the same bits for any number of ranks.
///
/// The number of leaves is a power of two. Node (level, i) of the tree covers the leaves i·2^level .. (i + 1)·2^level;
/// its sum is that of its left child plus that of its right child. A node belongs to the rank that holds its first
/// leaf: the rank of the right child sends its sum there, one message an edge, level by level. A number of ranks that
/// is a power of two, and not above that of the leaves, exchanges the sums in pairs instead: a + b and b + a are the
/// same bits.
///
/// A rank holds at most 2·log2(leaves) partial sums, in buffers that the next sum uses again.
#[derive(Debug, Default)]
pub(crate) struct TreeSum<F> {
    leaves: usize,
    numbers: usize,
    /// The leaves of this rank that are still to be added.
    left: Range<usize>,
    /// The partial sums, in the order of their leaves.
    nodes: Vec<Node<F>>,
    spare: Vec<Vec<F>>,
}

/// From this many bytes on ranks exchange halves of their numbers: that takes two messages a level in place of one, and
/// fewer bytes on four ranks and more.
const LONG_MESSAGE: usize = 1 << 16;

/// A partial sum: that of one node of the tree.
#[derive(Debug)]
struct Node<F> {
    level: u32,
    index: usize,
    /// The numbers, and behind them place for the bits of `sums`: one message.
    values: Vec<F>,
    sums: [f64; 3],
}

impl<F: Float> TreeSum<F> {
    /// How many numbers have as many bytes as three sums.
    const TAIL: usize = size_of::<[f64; 3]>() / size_of::<F>();

    /// Returns the leaves that a rank holds: from ⌊leaves·rank / size⌋ to ⌊leaves·(rank + 1) / size⌋.
    pub(crate) fn leaves_of(leaves: usize, rank: usize, size: usize) -> Range<usize> {
        leaves * rank / size..leaves * (rank + 1) / size
    }

    /// Returns the rank that holds a leaf.
    fn owner(leaf: usize, leaves: usize, size: usize) -> usize {
        ((leaf + 1) * size - 1) / leaves
    }

    /// Begins a sum of this many numbers, and three sums in f64 beside them, over leaves whose number is a power of
    /// two.
    pub(crate) fn start(&mut self, leaves: usize, communicator: &dyn Communicator, numbers: usize) {
        debug_assert!(leaves.is_power_of_two());
        self.spare.extend(self.nodes.drain(..).map(|node| node.values));
        (self.leaves, self.numbers) = (leaves, numbers);
        self.left = Self::leaves_of(leaves, communicator.rank(), communicator.size());
    }

    /// Adds the next leaf of this rank: `write` puts its numbers into the leaf, one after another.
    pub(crate) fn add_leaf(&mut self, sums: [f64; 3], write: impl FnOnce(&mut Leaf<'_, F>)) {
        debug_assert!(!self.left.is_empty(), "the rank has no more leaves");
        let (index, numbers) = (self.left.start, self.numbers);
        self.left.start += 1;
        let left = self.nodes.last_mut().filter(|node| node.level == 0 && node.index + 1 == index && index % 2 == 1);
        // A right child is added to the left one as it comes, without a copy.
        if let Some(node) = left {
            write(&mut Leaf { rest: &mut node.values[..numbers], adds: true });
            node.sums.iter_mut().zip(sums).for_each(|(sum, other)| *sum += other);
            node.rise();
            self.merge();
        } else {
            let mut values = self.buffer();
            write(&mut Leaf { rest: &mut values[..numbers], adds: false });
            self.nodes.push(Node { level: 0, index, values, sums });
        }
    }

    /// Returns the sum over the leaves of all ranks, the same bits on all ranks, for any number of ranks.
    ///
    /// # Errors
    /// Those of [`Communicator::send_receive`].
    pub(crate) fn finish(&mut self, communicator: &dyn Communicator) -> Result<(&mut [F], [f64; 3])> {
        debug_assert!(self.left.is_empty(), "leaves {:?} are missing", self.left);
        let (rank, size) = (communicator.rank(), communicator.size());
        if size.is_power_of_two() && size <= self.leaves {
            if self.numbers * size_of::<F>() < LONG_MESSAGE {
                self.exchange_in_pairs(communicator)?;
            } else {
                self.exchange_halves(communicator)?;
            }
        } else {
            self.send_to_the_left(communicator)?;
            let root = Self::owner(0, self.leaves, size);
            if rank != root {
                let values = self.buffer();
                self.nodes.push(Node { level: self.leaves.ilog2(), index: 0, values, sums: [0.0; 3] });
            }
            let node = &mut self.nodes[0];
            node.pack();
            broadcast_into(communicator, as_bytes_mut(&mut node.values), root)?;
            node.unpack();
        }
        let node = &mut self.nodes[0];
        Ok((&mut node.values[..self.numbers], node.sums))
    }

    /// Adds up over all ranks where each holds one whole node.
    fn exchange_in_pairs(&mut self, communicator: &dyn Communicator) -> Result<()> {
        let (rank, size) = (communicator.rank(), communicator.size());
        let mut bit = 1;
        while bit < size {
            let mut received = self.buffer();
            let node = &mut self.nodes[0];
            node.pack();
            let send = Some((as_bytes(&node.values), rank ^ bit));
            communicator.send_receive(send, Some((as_bytes_mut(&mut received), rank ^ bit)))?;
            node.add(&received);
            self.spare.push(received);
            bit *= 2;
        }
        Ok(())
    }

    /// Does the same for many numbers: a rank adds up a share of them, and passes it on (recursive halving and
    /// doubling: Thakur, Rabenseifner and Gropp 2005, section 4.5). Ranks at distance 1 meet first, so each number is
    /// added up in the order of the tree.
    fn exchange_halves(&mut self, communicator: &dyn Communicator) -> Result<()> {
        let (rank, size) = (communicator.rank(), communicator.size());
        let mut received = self.buffer();
        let Node { values, sums, .. } = &mut self.nodes[0];
        let mut shares = Vec::with_capacity(1 + size.ilog2() as usize);
        shares.push(0..self.numbers);
        for bit in (0..size.ilog2()).map(|power| 1 << power) {
            let other = rank ^ bit;
            let mut others = [0.0; 3];
            communicator.send_receive(Some((as_bytes(sums), other)), Some((as_bytes_mut(&mut others), other)))?;
            sums.iter_mut().zip(others).for_each(|(sum, other)| *sum += other);
            let Range { start, end } = shares[shares.len() - 1].clone();
            let middle = start.midpoint(end);
            let (kept, sent) =
                if rank & bit == 0 { (start..middle, middle..end) } else { (middle..end, start..middle) };
            let from = &mut received[kept.clone()];
            communicator.send_receive(Some((as_bytes(&values[sent]), other)), Some((as_bytes_mut(from), other)))?;
            add(&mut values[kept.clone()], from);
            shares.push(kept);
        }
        // The shares go the way back.
        while let [.., whole, own] = &shares[..] {
            let other = rank ^ (1 << (shares.len() - 2));
            let (first, second) = values[whole.clone()].split_at_mut(if own.start == whole.start {
                own.len()
            } else {
                own.start - whole.start
            });
            let (own, theirs) = if own.start == whole.start { (first, second) } else { (second, first) };
            communicator.send_receive(Some((as_bytes(own), other)), Some((as_bytes_mut(theirs), other)))?;
            shares.pop();
        }
        self.spare.push(received);
        Ok(())
    }

    /// Adds up over all ranks: the sum is then the only node of the rank that holds the first leaf.
    fn send_to_the_left(&mut self, communicator: &dyn Communicator) -> Result<()> {
        let (leaves, size) = (self.leaves, communicator.size());
        for level in 0..leaves.ilog2() {
            let rank_of = |index: usize| Self::owner(index << level, leaves, size);
            // Siblings on this rank are merged, so only the first node can be a right child whose sibling is elsewhere,
            // and only the last one a left child.
            let to = self.nodes.first().filter(|node| node.level == level && node.index % 2 == 1);
            let to = to.map(|node| rank_of(node.index - 1));
            let from = self.nodes.last().filter(|node| node.level == level && node.index.is_multiple_of(2));
            let from = from.map(|node| rank_of(node.index + 1));
            let mut received = if from.is_some() { self.buffer() } else { Vec::new() };
            if to.is_some() {
                self.nodes[0].pack();
            }
            let send = to.map(|to| (as_bytes(&self.nodes[0].values), to));
            communicator.send_receive(send, from.map(|from| (as_bytes_mut(&mut received), from)))?;
            if let (Some(_), Some(node)) = (from, self.nodes.last_mut()) {
                node.add(&received);
                node.rise();
                self.spare.push(received);
            }
            if to.is_some() {
                self.spare.push(self.nodes.remove(0).values);
            }
            self.merge();
        }
        Ok(())
    }

    /// Adds each right child to its left sibling, as long as the last two nodes are siblings.
    fn merge(&mut self) {
        while let [.., left, right] = &mut self.nodes[..]
            && left.level == right.level
            && left.index % 2 == 0
            && left.index + 1 == right.index
        {
            right.pack();
            left.add(&right.values);
            left.rise();
            self.spare.extend(self.nodes.pop().map(|node| node.values));
        }
    }

    /// Returns a buffer for numbers and sums, with old numbers in it.
    fn buffer(&mut self) -> Vec<F> {
        let mut values = self.spare.pop().unwrap_or_default();
        values.resize(self.numbers + Self::TAIL, F::zero());
        values
    }
}

/// Where the numbers of a leaf go.
#[derive(Debug)]
pub(crate) struct Leaf<'a, F> {
    /// The room that is left.
    rest: &'a mut [F],
    /// Whether numbers are added to those of the left sibling, which stand there.
    adds: bool,
}

impl<F: Float> Leaf<'_, F> {
    /// Puts the next numbers.
    pub(crate) fn put(&mut self, numbers: &[F]) {
        let room = self.rest.split_off_mut(..numbers.len()).unwrap_or_default();
        if self.adds {
            add(room, numbers);
        } else {
            room.copy_from_slice(numbers);
        }
    }

    /// Puts this many zeros; they count, as -0 + 0 is 0.
    pub(crate) fn put_zeros(&mut self, count: usize) {
        let room = self.rest.split_off_mut(..count).unwrap_or_default();
        if self.adds {
            room.iter_mut().for_each(|number| *number += F::zero());
        } else {
            room.fill(F::zero());
        }
    }
}

impl<F: Float> Node<F> {
    /// Splits the buffer into the numbers and the bytes of the sums.
    fn split(values: &mut [F]) -> (&mut [F], &mut [[u8; 8]]) {
        let (numbers, tail) = values.split_at_mut(values.len() - TreeSum::<F>::TAIL);
        (numbers, as_bytes_mut(tail).as_chunks_mut().0)
    }

    /// Writes the sums behind the numbers.
    fn pack(&mut self) {
        let (_, tail) = Self::split(&mut self.values);
        tail.iter_mut().zip(self.sums).for_each(|(bytes, sum)| *bytes = sum.to_le_bytes());
    }

    /// Reads the sums from behind the numbers.
    fn unpack(&mut self) {
        let (_, tail) = Self::split(&mut self.values);
        self.sums.iter_mut().zip(tail).for_each(|(sum, bytes)| *sum = f64::from_le_bytes(*bytes));
    }

    /// Adds a packed node.
    fn add(&mut self, other: &[F]) {
        let (numbers, tail) = other.split_at(other.len() - TreeSum::<F>::TAIL);
        add(Self::split(&mut self.values).0, numbers);
        let tail = as_bytes(tail).as_chunks().0;
        self.sums.iter_mut().zip(tail).for_each(|(sum, bytes)| *sum += f64::from_le_bytes(*bytes));
    }

    /// Turns from a child into its parent.
    fn rise(&mut self) {
        self.level += 1;
        self.index /= 2;
    }
}

#[cfg(test)]
mod tests;
