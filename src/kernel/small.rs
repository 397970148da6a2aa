//! The matrix product of small matrices, where a general product spends its time on getting ready.

use super::Element;
use super::product::{Size, panel};
use super::tile::{Place, Start, Strided, tile};
use super::vector::Vector;
use super::wide::{Level, Work};

/// Multiplications up to which reading `a` and `b` where they are is the faster way.
const LIMIT: usize = 1 << 12;

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
        size.m * size.n * size.k <= LIMIT && b.strides[1] == 1
    }
}

impl<F: Element> Work for Small<F> {
    type Output = ();

    #[inline(always)]
    fn run<L: Level>(self) {
        let Self { size: Size { m, n, k }, a, b, start, c } = self;
        let mut column = 0;
        while column < n {
            let columns = (n - column).min(2 * L::Vector::<F>::LANES);
            let (b, from) = (b.at(0, column), start.at(column));
            let mut row = 0;
            while row < m {
                let rows = panel::<L>(m - row, columns <= L::Vector::<F>::LANES);
                let place = Place { start: c.wrapping_add(row * n + column), stride: n, columns, from };
                // SAFETY: the rows and columns are below m and n.
                unsafe {
                    let a = a.at(row, 0);
                    if columns > L::Vector::<F>::LANES {
                        tile::<F, L, L::Vector<F>, 2, true>(rows, k, a, b, place);
                    } else if columns > L::Short::<F>::LANES {
                        tile::<F, L, L::Vector<F>, 1, true>(rows, k, a, b, place);
                    } else {
                        tile::<F, L, L::Short<F>, 1, true>(rows, k, a, b, place);
                    }
                }
                row += rows;
            }
            column += columns;
        }
    }
}
