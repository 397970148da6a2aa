//! [`Reduction`]: how sums over ranks are taken.

/// How sums over the rows of a batch are taken when the rows are on several ranks.
///
/// ```
/// use feedforward::distributed::Reduction;
///
/// assert_eq!(Reduction::default(), Reduction::Deterministic);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Reduction {
    /// Along a fixed binary tree over fixed pieces of the batch: any number of ranks gives the same bits.
    #[default]
    Deterministic,
    /// In the order that is fastest for this number of ranks, such as that of `MPI_Allreduce`: the same on all ranks,
    /// but other numbers of ranks give other last bits.
    Fast,
}
