//! The matrix product of small matrices, where a general product spends its time on getting ready.

use super::Element;
use super::product::Size;
use super::tile::{AllRows, Place, Rows, Start, Strided, strip};
use super::vector::Vector;
use super::wide::{Level, Work};

/// Multiplications up to which reading `a` and `b` where they are is the faster way.
const LIMIT: usize = 1 << 12;

/// The same where `b` is one column, which is one row the other way round.
const LIMIT_OF_COLUMN: usize = 1 << 6;

/// A product whose matrices are read where they are; each row of `b` is contiguous.
#[derive(Debug)]
pub struct Small<F> {
    pub(super) size: Size,
    pub(super) a: Strided<*const F>,
    pub(super) b: Strided<*const F>,
    pub(super) start: Start<F>,
    pub(super) c: *mut F,
}

impl<F> Small<F> {
    /// Whether this is the way to do it.
    pub(super) fn is(size: Size, b: Strided<*const F>) -> bool {
        let limit = if size.n == 1 { LIMIT_OF_COLUMN } else { LIMIT };
        size.m * size.n * size.k <= limit && b.strides[1] == 1
    }
}

impl<F: Element> Work for &Small<F> {
    type Output = ();

    #[inline(always)]
    fn run<L: Level>(self) {
        let (n, lanes) = (self.size.n, L::Vector::<F>::LANES);
        if n == 1 {
            return self.one_column::<L>();
        }
        let mut column = 0;
        while n - column > lanes {
            self.strip::<L, L::Vector<F>, 2>(column);
            column = n.min(column + 2 * lanes);
        }
        if n - column > L::Short::<F>::LANES {
            self.strip::<L, L::Vector<F>, 1>(column);
        } else if n > column {
            self.strip::<L, L::Short<F>, 1>(column);
        }
    }
}

impl<F: Element> Small<F> {
    /// The only column.
    #[inline(always)]
    fn one_column<L: Level>(&self) {
        let &Self { size: Size { m, k, .. }, a, b, start, c } = self;
        // SAFETY: the rows and columns are below m and k, and a start has a column.
        unsafe {
            let first = if let Start::Row(start) = start { *start } else { F::zero() };
            for row in 0..m {
                let (mut sum, mut a, mut b) = (first, a.at(row, 0), b);
                for _ in 0..k {
                    sum = L::multiply_add(*a.start, *b.start, sum);
                    (a, b) = (a.at(0, 1), b.at(1, 0));
                }
                *c.add(row) = sum;
            }
        }
    }

    /// The columns from this one on, as many as are in so many vectors.
    #[inline(always)]
    fn strip<L: Level, V: Vector<F>, const N: usize>(&self, column: usize) {
        let &Self { size: Size { m, n, k }, a, b, start, c } = self;
        let columns = (n - column).min(N * V::LANES);
        let rows = AllRows { a: Rows::Strided(a), count: m, narrow: N == 1 };
        let place = Place { start: c.wrapping_add(column), stride: n, columns, from: start.at(column) };
        // SAFETY: the rows and columns are below m and n, and the processor has what L stands for.
        unsafe { strip::<F, L, V, N, true>(rows, k, b.at(0, column), place) };
    }
}
