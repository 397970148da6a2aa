//! The helpers of networks in Rust. FLOAT and _DOUBLE stand for what the printer fills in.

pub(super) const DENSE: &str = "\
/// Sums products; four inputs at a time, so that outputs are read and written a quarter as often.
#[inline]
pub fn dense<const I: usize, const O: usize>(x: &[FLOAT; I], w: &[[FLOAT; O]; I], bias: &[FLOAT; O]) -> [FLOAT; O] {
    let mut y = *bias;
    let (fours, rows) = (x.chunks_exact(4), w.chunks_exact(4));
    let rest = fours.remainder().iter().zip(rows.remainder());
    for (x, w) in fours.zip(rows) {
        if let ([x0, x1, x2, x3], [w0, w1, w2, w3]) = (x, w) {
            for k in 0..O {
                y[k] += (x0 * w0[k] + x1 * w1[k]) + (x2 * w2[k] + x3 * w3[k]);
            }
        }
    }
    for (x, w) in rest {
        for k in 0..O {
            y[k] += x * w[k];
        }
    }
    y
}

";

pub(super) const NARROW_DENSE: &str = "\
/// Sums products, eight sums at a time.
#[inline]
pub fn narrow_dense<const I: usize, const O: usize>(
    x: &[FLOAT; I],
    w: &[[FLOAT; I]; O],
    bias: &[FLOAT; O],
) -> [FLOAT; O] {
    let mut y = *bias;
    for (y, w) in y.iter_mut().zip(w) {
        let mut sums = [0.0; 8];
        let (x, w) = (x.chunks_exact(8), w.chunks_exact(8));
        let rest = x.remainder().iter().zip(w.remainder());
        for (x, w) in x.zip(w) {
            for (sum, (x, w)) in sums.iter_mut().zip(x.iter().zip(w)) {
                *sum += x * w;
            }
        }
        for (sum, (x, w)) in sums.iter_mut().zip(rest) {
            *sum += x * w;
        }
        *y += ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
    }
    y
}

";

pub(super) const EACH: &str = "\
/// Computes a function of each number.
#[inline]
pub fn each<const N: usize>(mut values: [FLOAT; N], function: impl Fn(FLOAT) -> FLOAT) -> [FLOAT; N] {
    for value in &mut values {
        *value = function(*value);
    }
    values
}

";

pub(super) const ADD: &str = "\
/// Adds other numbers.
#[inline]
pub fn add<const N: usize>(mut values: [FLOAT; N], others: &[FLOAT; N]) -> [FLOAT; N] {
    for (value, other) in values.iter_mut().zip(others) {
        *value += other;
    }
    values
}

";

pub(super) const SOFTMAX: &str = "\
/// e^(x - maximum) over the sum of all.
pub fn softmax<const N: usize>(mut values: [FLOAT; N]) -> [FLOAT; N] {
    let mut maximum = values[0];
    for x in values {
        maximum = if x > maximum { x } else { maximum };
    }
    for value in &mut values {
        *value = exp(*value - maximum);
    }
    let mut sum = 0.0;
    for value in values {
        sum += value as f64;
    }
    for value in &mut values {
        *value /= sum as FLOAT;
    }
    values
}

";

pub(super) const LOG_SOFTMAX: &str = "\
/// x - maximum - ln(1 + the sum of e^(x - maximum) over all but the maximum).
pub fn log_softmax<const N: usize>(mut values: [FLOAT; N]) -> [FLOAT; N] {
    let mut top = 0;
    for (k, x) in values.iter().enumerate() {
        top = if *x > values[top] { k } else { top };
    }
    let maximum = values[top] as f64;
    let mut rest = 0.0;
    for (k, x) in values.iter().enumerate() {
        let below = *x as f64 - maximum;
        rest += if k == top { below } else { exp_DOUBLE(below) };
    }
    let rest = ln_1p_DOUBLE(rest);
    for value in &mut values {
        *value = (*value as f64 - maximum - rest) as FLOAT;
    }
    values
}

";

pub(super) const LAYER_NORM: &str = "\
/// gamma (x - mean) / sqrt(variance + epsilon) + beta.
pub fn layer_norm<const N: usize>(
    mut values: [FLOAT; N],
    gamma: &[FLOAT; N],
    beta: &[FLOAT; N],
    epsilon: f64,
) -> [FLOAT; N] {
    let mut mean = 0.0;
    for x in values {
        mean += x as f64;
    }
    mean /= N as f64;
    let mut variance = 0.0;
    for x in values {
        variance += (x as f64 - mean) * (x as f64 - mean);
    }
    let scale = inverse_root_DOUBLE(variance / N as f64 + epsilon);
    for (k, value) in values.iter_mut().enumerate() {
        *value = gamma[k] * ((*value as f64 - mean) * scale) as FLOAT + beta[k];
    }
    values
}

";
