//! Every threshold and block size of the crate, with its unit, its reason, and the command that measures it.
//!
//! `benches/peers/run.py` times whole training steps and predictions of this crate beside others, by name of the
//! network; `cargo bench` times the same on finer sizes. A change here is right when neither shows a row that got
//! slower. The block sizes carry the names of Goto and van de Geijn 2008, "Anatomy of High-Performance Matrix
//! Multiplication".

// The processor.

/// Bytes of a cache line, on every x86-64 processor.
pub(super) const CACHE_LINE: usize = 64;

/// Bytes of a page of memory; also the distance at which cache lines compete for the same set of an L1 cache of 64
/// sets.
pub(super) const PAGE: usize = 4096;

/// Cache lines that an L1 cache keeps of each set; at least this many on current processors.
pub(super) const L1_WAYS: usize = 8;

/// Pages whose addresses the first-level TLB translates; at least this many on current processors.
pub(super) const TLB_PAGES: usize = 64;

// The blocked matrix product.

/// Depth of a block: the products that are summed up before the tile is written. A column panel of `b` this deep stays
/// in the L1 cache or just beyond. Measured by `benches/peers/run.py`, networks `mnist-wide` and `large`.
pub(super) const KC: usize = 400;

/// Rows of a block of `a`: MC x KC elements take about half of an L2 cache of one megabyte. Measured by
/// `benches/peers/run.py`, networks `mnist-wide` and `large`.
pub(super) const MC: usize = 384;

/// Column panels of `b` that are packed together (NC = 4 NR), so that more than one cache line is read from each row.
/// Measured by `benches/peers/run.py`, network `large`.
pub(super) const PANELS_PER_NC: usize = 4;

/// Rows of `a`, in multiples of NR, up to which a column panel of `b` is used too seldom to be worth packing. Measured
/// by `benches/peers/run.py`, networks `nielsen` and `mnist`.
pub(super) const READ_B_IN_PLACE_ROWS: usize = 4;

/// Columns of `b` up to which a block of `a` is used too seldom to be worth packing. Measured by
/// `benches/peers/run.py`, networks `nielsen` and `mnist`.
pub(super) const READ_A_IN_PLACE_COLUMNS: usize = 32;

/// Rows of `a` up to which its columns conflict in no cache. Measured by `benches/peers/run.py`, network `nielsen`.
pub(super) const READ_A_IN_PLACE_ROWS: usize = 6;

/// Bytes of a product up to which it is in the L1 cache anyway, so that prefetching its tiles only costs instructions.
/// Measured by `benches/peers/run.py`, network `tabular`.
pub(super) const PREFETCH_BYTES: usize = 1 << 15;

/// A product is divided between threads at multiples of this count of rows or columns: whole tiles on every level.
pub(super) const SPLIT_ROWS: usize = 32;

// The other paths of the matrix product.

/// Multiplications up to which a product skips blocking and packing. Measured by `benches/peers/run.py`, networks
/// `xor`, `iris` and `tabular`.
pub(super) const SMALL_MULTIPLICATIONS: usize = 1 << 12;

/// The same if `b` is one column: beyond it the dot products of the path for one row are faster. Measured by
/// `benches/peers/run.py`, networks `xor` and `tabular`.
pub(super) const SMALL_COLUMN_MULTIPLICATIONS: usize = 1 << 6;

/// Bytes of `b` from which on a product of one row reads it from beyond a common L2 cache. Measured by
/// `benches/peers/run.py`, column `row` of the networks `mnist-wide` and `large`.
pub(super) const FAR_MATRIX_BYTES: usize = 1 << 19;

/// Runs of rows in which such a matrix is read: as many streams as the hardware prefetches at once. Measured as
/// [`FAR_MATRIX_BYTES`].
pub(super) const FAR_MATRIX_RUNS: usize = 6;

/// Multiplications of a matrix product that take as long as one multiplication in a product of one row, which waits for
/// memory. Measured by `benches/peers/run.py` with two threads, column `row` of the network `large`.
pub(super) const COST_OF_ROW_ELEMENT: usize = 2;

// Elementwise loops.

/// Elements from which on a check for finite values dispatches to a SIMD level. Measured by `benches/peers/run.py`,
/// networks `xor` and `iris`.
pub(super) const FINITE_MIN_ELEMENTS: usize = 16;

/// Elements of a matrix from which on the sums of its columns dispatch to a SIMD level. Measured by
/// `benches/peers/run.py`, networks `xor` and `iris`.
pub(super) const SUM_ROWS_MIN_ELEMENTS: usize = 128;

/// Elements of a parameter from which on its update dispatches to a SIMD level. Measured by `benches/peers/run.py`,
/// networks `xor` and `iris`.
pub(super) const UPDATE_MIN_ELEMENTS: usize = 16;

// Threads.

/// Multiplications from which on it pays to move work to the thread pool, which takes about ten microseconds. Measured
/// by `benches/peers/run.py` with two threads, networks `tabular` and `nielsen`.
#[cfg(feature = "parallel")]
pub(super) const POOL_MULTIPLICATIONS: usize = 1 << 22;

/// Multiplications, on elements in a cache, from which on it pays to hand them to another thread of the pool, which
/// takes about a microsecond. Measured by `benches/peers/run.py` with two threads, networks `nielsen` and `mnist`.
#[cfg(feature = "parallel")]
pub(super) const THREAD_MULTIPLICATIONS: usize = 1 << 18;

/// Multiplications of a matrix product that take as long as one elementwise step on an element in a cache. Measured by
/// `benches/peers/run.py` with two threads, network `large`.
pub(crate) const COST_OF_ELEMENT: usize = 8;

/// Slices are divided between threads at multiples of this count of elements: whole registers on every level.
pub(super) const SPLIT_ELEMENTS: usize = 16;

// Shards of a batch.

/// Bytes of the buffers of one shard of a batch: a quarter of a common L2 cache. Measured by `benches/peers/run.py`,
/// network `simplechains`.
pub(crate) const SHARD_BYTES: usize = 1 << 18;

/// Parameters up to which adding up the gradients of the shards is little work. Measured by `benches/peers/run.py`,
/// networks `simplechains` and `mnist`.
pub(crate) const SHARD_MAX_PARAMETERS: usize = 1 << 14;

/// Rows of the smallest shard. Measured by `benches/peers/run.py`, network `simplechains`.
pub(crate) const SHARD_MIN_ROWS: usize = 16;

/// Bytes of what passes between two layers in one piece of a prediction: many rows take no more memory than this.
/// Pieces of a few megabytes are as fast as the whole. Measured by `benches/peers/run.py`, network `simplechains`,
/// measure `batch`.
pub(crate) const PREDICT_BYTES: usize = 1 << 22;

/// Rows of the smallest piece of a prediction, so that the weights are read for many rows at a time.
pub(crate) const PREDICT_MIN_ROWS: usize = 256;

/// Bytes of what passes between all layers in one piece of a pass over a whole data set, as a solver makes it.
pub(crate) const TRAIN_BYTES: usize = 1 << 25;

/// Rows up to which the sums of columns are added in the precision of the numbers. Measured by the test
/// `sums_of_many_rows_keep_their_digits`.
pub(super) const SUM_ROWS_IN_F: usize = 1024;
