//! Quantiles of sorted numbers.

/// Returns the quantile of one or more sorted numbers: the number at the index (n - 1)·share, or in proportion between
/// two of them, as NumPy's method `linear` and pandas.
pub(crate) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let index = (sorted.len() - 1) as f64 * share;
    let (below, part) = (sorted[index.floor() as usize], index.fract());
    let above = sorted[index.ceil() as usize];
    // The products cannot overflow, as a difference could. Rounding must not lead out of the range.
    (below * (1.0 - part) + above * part).clamp(below, above)
}

#[cfg(test)]
mod tests {
    use super::quantile;

    #[test]
    fn quantiles_lie_between_two_numbers_in_proportion() {
        let sorted = [1.0, 2.0, 4.0, 8.0];
        assert_eq!([0.0, 0.25, 0.5, 0.75, 1.0].map(|share| quantile(&sorted, share)), [1.0, 1.75, 3.0, 5.0, 8.0]);
        assert_eq!(quantile(&[7.0], 0.25), 7.0);
    }
}
