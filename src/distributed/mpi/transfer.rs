//! The two operations of [`World`] that move numbers: [`World::send_receive`] and [`World::all_reduce_sum`].

use super::super::fault::Fault;
use super::control::{MESSAGE, Reduction};
use super::wait::Wait;
use super::watch::Whom;
use super::world::World;
use crate::Float;
use mpi::collective::{CommunicatorCollectives, SystemOperation};
use mpi::datatype::Equivalence;
use mpi::point_to_point::{Destination, Source};
use mpi::request::scope;
use std::cell::RefCell;
use std::time::{Duration, Instant};

/// The longest message of MPI, in bytes, and the longest all-reduction, in numbers: MPI counts in `int`.
const LONGEST: usize = 1 << 30;
/// How long messages that are on their way may take to arrive after a fault.
const REST: Duration = Duration::from_secs(2);

impl World {
    /// Sends and receives at the same time; both ranks are others.
    pub(super) fn send_receive(
        &self,
        send: Option<(&[u8], usize)>,
        receive: Option<(&mut [u8], usize)>,
    ) -> Result<(), Fault> {
        let (bytes, to) = send.unzip();
        let (buffer, from) = receive.unzip();
        let mut outgoing = bytes.into_iter().flat_map(pieces);
        let mut incoming = buffer.into_iter().flat_map(pieces_mut);
        let (mut next_outgoing, mut next_incoming) = (outgoing.next(), incoming.next());
        let (mut wait, mut fault) = (Wait::new(self), None);
        scope(|scope| {
            let (mut sending, mut receiving) = (None, None);
            loop {
                // What is on its way holds the buffers, so that nothing is returned before it has arrived.
                if sending.is_none()
                    && fault.is_none()
                    && let (Some(piece), Some(to)) = (next_outgoing.take(), to)
                {
                    sending = Some(self.process(to).immediate_send_with_tag(scope, piece, MESSAGE));
                    next_outgoing = outgoing.next();
                }
                sending = sending.and_then(|request| request.test().err());
                if receiving.is_none()
                    && fault.is_none()
                    && let (Some(piece), Some(from)) = (next_incoming.take(), from)
                {
                    match self.process(from).immediate_matched_probe_with_tag(MESSAGE) {
                        None => next_incoming = Some(piece),
                        Some((message, status)) => {
                            let length = status.count(u8::equivalent_datatype()) as usize;
                            if length == piece.len() {
                                receiving = Some(message.immediate_matched_receive_into(scope, piece));
                                next_incoming = incoming.next();
                            } else {
                                message.matched_receive_into(&mut vec![0_u8; length][..]);
                                let expected = format!("where rank {} expected {}", self.rank(), piece.len());
                                let problem = format!("sent {length} bytes {expected}");
                                fault = Some((Fault::new(from, problem), Instant::now()));
                            }
                        }
                    }
                }
                receiving = receiving.and_then(|request| request.test().err());
                let is_idle = sending.is_none() && receiving.is_none();
                match &fault {
                    None if is_idle && next_outgoing.is_none() && next_incoming.is_none() => return Ok(()),
                    Some((fault, _)) if is_idle => return Err(fault.clone()),
                    Some((fault, since)) => self.wait_for_rest(fault, *since),
                    None => {
                        let receives = receiving.is_some() || next_incoming.is_some();
                        let whom = Whom::Rank(from.filter(|_| receives).or(to).unwrap_or(0));
                        fault = wait.pause(whom).err().map(|fault| (fault, Instant::now()));
                    }
                }
            }
        })
    }

    /// Adds numbers up over all ranks, in the order that MPI chooses.
    pub(super) fn all_reduce_sum<F: Float + Equivalence>(
        &self,
        values: &mut [F],
        buffers: &RefCell<[Vec<F>; 2]>,
    ) -> Result<(), Fault> {
        let mut buffers = buffers.borrow_mut();
        values.chunks_mut(LONGEST).try_for_each(|piece| self.all_reduce_piece(piece, &mut buffers))
    }

    fn all_reduce_piece<F: Float + Equivalence>(
        &self,
        values: &mut [F],
        [own, sums]: &mut [Vec<F>; 2],
    ) -> Result<(), Fault> {
        let count = values.len();
        let reduction =
            Reduction { number: self.reductions.get(), length: count as u64, is_double: size_of::<F>() == 8 };
        self.reductions.set(reduction.number + 1);
        let whom = Whom::All(Some(reduction));
        // A rank that has ended takes part so that the others get to an end; it adds a one behind the numbers.
        own.clear();
        own.extend_from_slice(values);
        own.push(F::zero());
        sums.resize(count + 1, F::zero());
        let (mut wait, mut fault) = (Wait::new(self), None);
        scope(|scope| {
            let sum = SystemOperation::sum();
            let mut request = self.messages.immediate_all_reduce_into(scope, &own[..], &mut sums[..], sum);
            while let Err(unfinished) = request.test() {
                request = unfinished;
                // After a fault too: the other ranks that have ended must learn of the reduction.
                let found = wait.pause(whom).err();
                match (&fault, found) {
                    (None, Some(found)) => fault = Some((found, Instant::now())),
                    (Some((fault, since)), _) => self.wait_for_rest(fault, *since),
                    (None, None) => {}
                }
            }
        });
        if let Some((fault, _)) = fault {
            return Err(fault);
        }
        while sums[count] != F::zero() {
            wait.pause(whom)?;
        }
        values.copy_from_slice(&sums[..count]);
        Ok(())
    }

    /// Waits a moment for what is on its way after a fault, or ends all ranks when it does not arrive: MPI cannot take
    /// back a message, and its memory must not be used before.
    fn wait_for_rest(&self, fault: &Fault, since: Instant) {
        if self.hangs.get() || since.elapsed() >= REST {
            self.abort(fault);
        }
        std::thread::yield_now();
    }
}

/// Returns the messages that the bytes are sent in; no bytes are one message.
fn pieces(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (first, rest) = bytes.split_at(bytes.len().min(LONGEST));
    std::iter::once(first).chain(rest.chunks(LONGEST))
}

/// Returns the buffers of the messages that bytes are received in.
fn pieces_mut(bytes: &mut [u8]) -> impl Iterator<Item = &mut [u8]> {
    let (first, rest) = bytes.split_at_mut(bytes.len().min(LONGEST));
    std::iter::once(first).chain(rest.chunks_mut(LONGEST))
}
