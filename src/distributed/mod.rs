//! Ranks: several threads, processes or machines that train one network together.
//!
//! A [`Communicator`] connects them. `Mpi` (feature `mpi`) runs ranks as processes, on one machine or on many;
//! [`Threads`] runs them as threads of one process; [`Alone`] is the one rank of a program that has no others.
//! [`connect`] returns the communicator of a program that runs alone and under `mpirun`.
//!
//! Sums over the rows of a batch are taken along a fixed binary tree over fixed pieces of the batch, as long as the
//! [`Reduction`] is [`Deterministic`](Reduction::Deterministic): any number of ranks gives the same bits.
//!
//! The page [`cluster`] says how to start ranks on a cluster, what is guaranteed, and what is not.
//!
//! # Faults
//!
//! A rank that returns an error, panics, leaves early, is killed or hangs ends all others: their calls return
//! [`Error::Rank`](crate::Error::Rank), which names the rank that is the cause. From then on each call on these ranks
//! returns that error.

mod agree;
mod alone;
mod communicator;
mod connect;
mod fault;
mod gather;
#[cfg(feature = "mpi")]
mod mpi;
mod reduction;
mod threads;
mod tree_sum;

#[doc = include_str!("cluster.md")]
pub mod cluster {}

pub(crate) use agree::agree;
pub use alone::Alone;
pub use communicator::Communicator;
pub(crate) use communicator::all_reduce_sum;
pub use connect::{connect, started_by_mpirun};
pub(crate) use gather::{agree_among, agree_on, all_gather_numbers};
#[cfg(feature = "mpi")]
pub use mpi::Mpi;
pub use reduction::Reduction;
pub use threads::Threads;
pub(crate) use tree_sum::{Leaf, TreeSum};
