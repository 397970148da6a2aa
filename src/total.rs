//! [`Total`]: a sum in double precision that keeps what each addition rounds off.

use crate::Float;

/// A sum of numbers that were `F`, as exact as one rounding.
///
/// Numbers that were `f32` are added in `f64`: their 29 spare bits hold the rounding of 2^25 additions. For `f64` the
/// sum keeps the rounding errors in a second number (the two-sum of Knuth, The Art of Computer Programming, 4.2.2).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Total<F> {
    sum: f64,
    /// What the additions to `sum` rounded off.
    rest: f64,
    of: std::marker::PhantomData<F>,
}

impl<F> Default for Total<F> {
    fn default() -> Self {
        Self { sum: 0.0, rest: 0.0, of: std::marker::PhantomData }
    }
}

impl<F> Total<F> {
    #[inline(always)]
    pub(crate) fn add(&mut self, term: f64) {
        if size_of::<F>() < size_of::<f64>() {
            self.sum += term;
        } else {
            let (sum, error) = two_sum(self.sum, term);
            self.sum = sum;
            self.rest += error;
        }
    }

    /// Returns the sum; infinite if it overflowed.
    #[inline(always)]
    pub(crate) fn value(self) -> f64 {
        // The error of an infinite sum is NaN.
        if self.rest.is_finite() { self.sum + self.rest } else { self.sum }
    }

    /// Adds up all terms.
    pub(crate) fn of(terms: impl IntoIterator<Item = f64>) -> f64 {
        let mut total = Self::default();
        terms.into_iter().for_each(|term| total.add(term));
        total.value()
    }
}

/// Computes a + b, rounded, and the exact difference to the sum.
#[inline(always)]
pub(crate) fn two_sum<F: Float>(a: F, b: F) -> (F, F) {
    let sum = a + b;
    let of_b = sum - a;
    (sum, (a - (sum - of_b)) + (b - of_b))
}
