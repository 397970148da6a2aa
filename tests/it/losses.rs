//! Losses are within 4 units in the last place of a reference in twice the precision, and their gradients within 4 or
//! 8, for logits and errors of any size; sums over many outputs keep their digits.

use crate::double_double::{DoubleDouble, ZERO, double};
use feedforward::activation::softmax;
use feedforward::*;
use ndarray::{Array2, Axis, array};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const CASES: usize = 4000;

/// What the test needs to know about the two types.
trait Type: Float {
    const DIGITS: i32;
    const LEAST_EXPONENT: i32;
    const MAX: f64;
}

impl Type for f32 {
    const DIGITS: i32 = f32::MANTISSA_DIGITS as i32;
    const LEAST_EXPONENT: i32 = f32::MIN_EXP - 1;
    const MAX: f64 = f32::MAX as f64;
}

impl Type for f64 {
    const DIGITS: i32 = f64::MANTISSA_DIGITS as i32;
    const LEAST_EXPONENT: i32 = f64::MIN_EXP - 1;
    const MAX: f64 = f64::MAX;
}

/// The distance between two numbers of the type around this one.
fn unit<F: Type>(number: f64) -> f64 {
    let exponent = (number.abs().log2().floor() as i32).max(F::LEAST_EXPONENT);
    let power = exponent + 1 - F::DIGITS;
    // In two steps, as 2^1074 is infinite.
    2.0_f64.powi(power / 2) * 2.0_f64.powi(power - power / 2)
}

/// Checks a value against the exact one: `units` in the last place of `scale`; below the normal numbers as many for
/// each term.
fn assert_near<F: Type>(
    found: F,
    exact: DoubleDouble,
    scale: f64,
    units: f64,
    terms: usize,
    what: &dyn Fn() -> String,
) {
    let error = (double(found.widen()) - exact).abs().0;
    let subnormal = unit::<F>(0.0) * terms as f64;
    let limit = (units * unit::<F>(scale)).max(2.0 * subnormal);
    assert!(error <= limit, "found {found}, exact {exact:?}, {} units: {}", error / unit::<F>(scale), what());
}

/// Draws a number whose magnitude is anywhere from 1e-6 to 1e30.
fn any_magnitude(rng: &mut ChaCha8Rng) -> f64 {
    let sign = if rng.random() { 1.0 } else { -1.0 };
    sign * 10.0_f64.powf(rng.random_range(-6.0..30.0))
}

/// Draws logits: of any magnitude, near each other at any magnitude, near each other and some equal, or as networks
/// have them.
fn logits<F: Type>(rng: &mut ChaCha8Rng, count: usize) -> Vec<F> {
    let base = any_magnitude(rng);
    let spread = 10.0_f64.powf(rng.random_range(-6.0..2.8));
    let kind = rng.random_range(0..4);
    let one = |rng: &mut ChaCha8Rng| match kind {
        0 => any_magnitude(rng),
        1 => base + spread * rng.random_range(-1.0..1.0),
        2 => base + (spread * f64::from(rng.random_range(-1..2))).round(),
        _ => spread * rng.random_range(-1.0..1.0),
    };
    (0..count).map(|_| F::from_f64(one(rng))).collect()
}

fn row<F: Float>(numbers: &[F]) -> Array2<F> {
    Array2::from_shape_vec((1, numbers.len()), numbers.to_vec()).unwrap()
}

/// Computes value and gradient of one row; `None` if the loss is refused because the exact one is too large.
fn value_and_gradient<F: Type>(
    loss: &dyn Loss<F>,
    prediction: &[F],
    target: &[F],
    exact: DoubleDouble,
) -> Option<(F, Vec<F>)> {
    let (prediction, target) = (row(prediction), row(target));
    let mut gradient = Array2::zeros(prediction.dim());
    match loss.value_and_gradient(&prediction, &target, &mut gradient) {
        Ok(value) => {
            assert_eq!(loss.value(&prediction, &target).unwrap(), value);
            Some((value, gradient.into_raw_vec_and_offset().0))
        }
        Err(error) => {
            assert!(exact.0 >= F::MAX * 0.999 || exact.0.is_nan(), "{error}; exact {exact:?}, {prediction}, {target}");
            None
        }
    }
}

/// ln(1 + e^z) - max(z, 0).
fn bend(z: DoubleDouble) -> DoubleDouble {
    (-z.abs()).exp().ln_1p()
}

fn check_cross_entropy<F: Type>() {
    let rng = &mut ChaCha8Rng::seed_from_u64(14);
    for case in 0..CASES {
        let classes = if case % 40 == 0 { 300 } else { rng.random_range(2..12) };
        let z = logits::<F>(rng, classes);
        let smoothing = if rng.random() { 0.0 } else { 10.0_f64.powf(rng.random_range(-4.0..-0.1)) };
        let weights: Option<Vec<f64>> =
            (case % 3 == 0).then(|| (0..classes).map(|_| rng.random_range(0.1..10.0)).collect());
        let class = rng.random_range(0..classes);
        let kind = rng.random_range(0..3);
        let shares: Vec<F> = match kind {
            0 | 1 => (0..classes).map(|k| F::from_f64(f64::from(k == class))).collect(),
            _ => {
                let draws: Vec<f64> = (0..classes).map(|_| rng.random_range(0.0..1.0)).collect();
                draws.iter().map(|draw| F::from_f64(draw / draws.iter().sum::<f64>())).collect()
            }
        };
        let target = if kind == 0 { vec![F::from_f64(class as f64)] } else { shares.clone() };
        let mut loss = CrossEntropy::default().smoothing(smoothing);
        if let Some(weights) = &weights {
            loss = loss.class_weights(&weights[..]);
        }

        let (keep, even) = (double(1.0) - double(smoothing), double(smoothing) / double(classes as f64));
        let divisor = weights.as_ref().filter(|_| kind == 0).map_or(1.0, |weights| weights[class]);
        let share = |k: usize| {
            let weight = weights.as_ref().map_or(1.0, |weights| weights[k]);
            double(weight) * (double(shares[k].widen()) * keep + even) / double(divisor)
        };
        let logit = |k: usize| double(z[k].widen());
        let top = (0..classes).max_by(|&a, &b| z[a].widen().total_cmp(&z[b].widen())).unwrap();
        let e: Vec<_> = (0..classes).map(|k| (logit(k) - logit(top)).exp()).collect();
        let rest = (0..classes).filter(|&k| k != top).fold(ZERO, |sum, k| sum + e[k]);
        let all = (0..classes).fold(ZERO, |sum, k| sum + share(k));
        let margin = (0..classes).fold(ZERO, |sum, k| sum + share(k) * (logit(top) - logit(k)));
        let exact = margin + all * rest.ln_1p();

        let what = || format!("case {case}: {loss:?}, logits {z:?}, target {target:?}");
        let Some((value, gradient)) = value_and_gradient(&loss, &z, &target, exact) else { continue };
        assert_near(value, exact, exact.0, 4.0, classes, &what);
        for (k, &found) in gradient.iter().enumerate() {
            let probability = all * e[k] / (double(1.0) + rest);
            let others = (0..classes).filter(|&j| j != k).fold(ZERO, |sum, j| sum + share(j));
            let others_e = (0..classes).filter(|&j| j != k).fold(ZERO, |sum, j| sum + e[j]);
            // p_k Σ t - t_k, without a difference where one target is certain.
            let by_others = others - all * others_e / (double(1.0) + rest);
            let exact = if share(k).0 == 0.0 { probability } else { by_others };
            let certain = kind < 2 && smoothing == 0.0;
            let scale = if certain { exact.0 } else { probability.0.max(share(k).0) };
            // e^(z - m), the sums, the quotient and the difference are rounded one after another.
            assert_near(found, exact, scale, 8.0, classes, &what);
        }
    }
}

fn check_binary_cross_entropy<F: Type>() {
    let rng = &mut ChaCha8Rng::seed_from_u64(15);
    for case in 0..CASES {
        let outputs = rng.random_range(1..8);
        let z = logits::<F>(rng, outputs);
        let smoothing = if rng.random() { 0.0 } else { 10.0_f64.powf(rng.random_range(-4.0..-0.1)) };
        let hard = rng.random();
        let one =
            |rng: &mut ChaCha8Rng| if hard { f64::from(rng.random_range(0..2)) } else { rng.random_range(0.0..1.0) };
        let t: Vec<F> = (0..outputs).map(|_| F::from_f64(one(rng))).collect();
        let loss = BinaryCrossEntropy::default().smoothing(smoothing);

        let count = double(outputs as f64);
        let (keep, half) = (double(1.0) - double(smoothing), double(smoothing) / double(2.0));
        let yes = |k: usize| keep * double(t[k].widen()) + half;
        let no = |k: usize| keep * (double(1.0) - double(t[k].widen())) + half;
        let exact = (0..outputs).fold(ZERO, |sum, k| {
            let z = double(z[k].widen());
            sum + bend(z) + z.abs() * if z.0 < 0.0 { yes(k) } else { no(k) }
        }) / count;

        let what = || format!("case {case}: {loss:?}, logits {z:?}, targets {t:?}");
        let Some((value, gradient)) = value_and_gradient(&loss, &z, &t, exact) else { continue };
        assert_near(value, exact, exact.0, 4.0, outputs, &what);
        for (k, &found) in gradient.iter().enumerate() {
            // p - t = p (1 - t) - (1 - p) t
            let e = (-double(z[k].widen()).abs()).exp();
            let (likely, unlikely) = (double(1.0) / (double(1.0) + e), e / (double(1.0) + e));
            let (p, q) = if z[k] < F::zero() { (unlikely, likely) } else { (likely, unlikely) };
            let (one, other) = (p * no(k) / count, q * yes(k) / count);
            let scale = if hard && smoothing == 0.0 { (one - other).0 } else { one.0.max(other.0) };
            assert_near(found, one - other, scale, 4.0, 1, &what);
        }
    }
}

fn check_errors<F: Type>() {
    let rng = &mut ChaCha8Rng::seed_from_u64(16);
    for case in 0..CASES {
        let outputs = rng.random_range(1..12);
        let p = logits::<F>(rng, outputs);
        let near: bool = rng.random();
        let t: Vec<F> = if near {
            p.iter().map(|p| F::from_f64(p.widen() * (1.0 + 1e-6 * rng.random_range(-1.0..1.0)))).collect()
        } else {
            logits(rng, outputs)
        };
        let delta = 10.0_f64.powf(rng.random_range(-3.0..3.0));
        let huber = Huber::new(delta).unwrap();
        let delta = double(delta);
        let (half, count) = (double(0.5), double(outputs as f64));
        let difference = |k: usize| double(p[k].widen()) - double(t[k].widen());
        let sum =
            |term: &dyn Fn(DoubleDouble) -> DoubleDouble| (0..outputs).fold(ZERO, |sum, k| sum + term(difference(k)));
        let clamp = |d: DoubleDouble| {
            if (d.abs() - delta).0 <= 0.0 {
                d
            } else if d.0 < 0.0 {
                -delta
            } else {
                delta
            }
        };
        let of_huber = |d: DoubleDouble| {
            if (d.abs() - delta).0 <= 0.0 { half * d * d } else { delta * (d.abs() - half * delta) }
        };
        let level = rng.random_range(0.01..0.99);
        let quantile = Quantile::new(level).unwrap();
        let above = double(1.0) - double(level);
        let of_quantile = |d: DoubleDouble| if d.0 < 0.0 { -double(level) * d } else { above * d };
        let fall_or_rise = |d: DoubleDouble| match d.0 {
            number if number < 0.0 => -double(level),
            number if number > 0.0 => above,
            _ => ZERO,
        };
        type Slope<'a> = &'a dyn Fn(DoubleDouble) -> DoubleDouble;
        let all: [(&dyn Loss<F>, DoubleDouble, Slope<'_>); 5] = [
            (&quantile, sum(&of_quantile) / count, &|d| fall_or_rise(d) / count),
            (&Mse, sum(&|d| d * d) / count, &|d| double(2.0) * d / count),
            (&HalfSquaredError, sum(&|d| half * d * d), &|d| d),
            (&Mae, sum(&|d| d.abs()) / count, &|d| if d.0 == 0.0 { d } else { double(d.0.signum()) / count }),
            (&huber, sum(&of_huber) / count, &|d| clamp(d) / count),
        ];
        for (loss, exact, slope) in all {
            let what = || format!("case {case}: {loss:?}, predictions {p:?}, targets {t:?}");
            let Some((value, gradient)) = value_and_gradient(loss, &p, &t, exact) else { continue };
            assert_near(value, exact, exact.0, 4.0, 1, &what);
            for (k, &found) in gradient.iter().enumerate() {
                let exact = slope(difference(k));
                assert_near(found, exact, exact.0, 4.0, 1, &what);
            }
        }
    }
}

/// Terms of both signs: the units are those of the sum of their magnitudes.
fn check_counts<F: Type>() {
    let rng = &mut ChaCha8Rng::seed_from_u64(17);
    for case in 0..CASES {
        let outputs = rng.random_range(1..12);
        let spread = 10.0_f64.powf(rng.random_range(-6.0..1.9));
        let z: Vec<F> = (0..outputs).map(|_| F::from_f64(spread * rng.random_range(-1.0..1.0))).collect();
        let near: bool = rng.random();
        let count = |z: &F| if near { z.widen().exp().round() } else { 1e3 * spread };
        let t: Vec<F> = z.iter().map(|z| F::from_f64(count(z).min(1e6))).collect();
        let outputs = double(outputs as f64);
        let rate = |k: usize| {
            let e = (-double(z[k].widen()).abs()).exp();
            if z[k] < F::zero() { e } else { double(1.0) / e }
        };
        let weighed = |k: usize| double(t[k].widen()) * double(z[k].widen());
        let sum = |term: &dyn Fn(usize) -> DoubleDouble| (0..z.len()).fold(ZERO, |sum, k| sum + term(k)) / outputs;
        let exact = sum(&|k| rate(k) - weighed(k));
        let scale = sum(&|k| rate(k) + weighed(k).abs());
        let what = || format!("case {case}: logarithms {z:?}, counts {t:?}");
        let Some((value, gradient)) = value_and_gradient(&Poisson, &z, &t, exact) else { continue };
        assert_near(value, exact, scale.0, 4.0, 1, &what);
        for (k, &found) in gradient.iter().enumerate() {
            let t = double(t[k].widen());
            assert_near(found, (rate(k) - t) / outputs, ((rate(k) + t) / outputs).0, 4.0, 1, &what);
        }
    }
}

#[test]
fn losses_of_counts_are_within_4_units_in_the_last_place() {
    check_counts::<f32>();
    check_counts::<f64>();
}

#[test]
fn quantiles_and_rates_are_what_the_losses_are_lowest_at() {
    // Whole numbers 1 to 99 once each: a network of one bias alone finds the quantile, and for counts the mean.
    let inputs = Array2::<f64>::zeros((99, 1));
    let data = Dataset::new(inputs, Array2::from_shape_fn((99, 1), |(row, _)| (row + 1) as f64)).unwrap();
    let fit = |loss: &dyn Loss<f64>, rate: f64| {
        let mut network = Network::<f64>::builder(1).dense(1, Identity).seed(1).build().unwrap();
        for rate in [rate, rate / 10.0, rate / 100.0] {
            Trainer::new(400).batch_size(99).fit(&mut network, &data, loss, &mut Adam::new(rate).unwrap()).unwrap();
        }
        network.predict_probabilities(&array![[0.0]], loss).unwrap()[[0, 0]]
    };
    for (level, expected) in [(0.1, 10.0), (0.5, 50.0), (0.9, 90.0)] {
        let found = fit(&Quantile::new(level).unwrap(), 1.0);
        assert!((found - expected).abs() < 0.6, "quantile {level}: {found}");
    }
    let rate = fit(&Poisson, 0.1);
    assert!((rate - 50.0).abs() < 0.1, "rate {rate}");
}

#[test]
fn cross_entropy_is_within_4_units_in_the_last_place() {
    check_cross_entropy::<f32>();
    check_cross_entropy::<f64>();
}

#[test]
fn binary_cross_entropy_is_within_4_units_in_the_last_place() {
    check_binary_cross_entropy::<f32>();
    check_binary_cross_entropy::<f64>();
}

#[test]
fn losses_of_numbers_are_within_4_units_in_the_last_place() {
    check_errors::<f32>();
    check_errors::<f64>();
}

#[test]
fn a_small_loss_keeps_its_digits() {
    let value = |logits: &[f32]| CrossEntropy::default().value(&row(logits), &array![[0.0]]).unwrap();
    let close = |found: f32, exact: f32| assert!((found - exact).abs() <= 2e-7 * exact, "{found} is not {exact}");
    for large in [1e6, 1e8, 1e30, -1e30, f32::MAX, -3e7] {
        close(value(&[large, large]), std::f32::consts::LN_2);
    }
    close(value(&[12.0, 0.0]), 6.144_193_5e-6);
    close(value(&[15.0, 0.0, 0.0]), 6.118_044_4e-7);
    close(value(&[20.0, 0.0, 0.0]), 4.122_307_3e-9);
    close(value(&[10_000.0, 9990.0, 0.0]), 4.539_889_8e-5);
    let binary = |z: f32| BinaryCrossEntropy::default().value(&array![[z]], &array![[1.0]]).unwrap();
    close(binary(12.0), 6.144_193_5e-6);
    close(binary(15.0), 3.059_022_7e-7);
    close(binary(20.0), 2.061_153_7e-9);
    let at_40 = BinaryCrossEntropy::default().value(&array![[40.0]], &array![[1.0]]).unwrap();
    assert!((at_40 / 4.248_354_255_291_589e-18 - 1.0_f64).abs() < 1e-15);
}

/// Checks losses over many outputs, in f32, against the exact means.
fn check_long_sums(outputs: usize) {
    let close = |what: &str, found: f32, exact: f64| {
        assert!((f64::from(found) / exact - 1.0).abs() <= 1e-6, "{what} of {outputs} outputs: {found} is not {exact}");
    };
    let (zeros, thirds) = (Array2::<f32>::zeros((1, outputs)), Array2::from_elem((1, outputs), 0.3_f32));
    let third = f64::from(0.3_f32);
    close("mse", Mse.value(&thirds, &zeros).unwrap(), third * third);
    close("half squared error", HalfSquaredError.value(&thirds, &zeros).unwrap(), third * third / 2.0 * outputs as f64);
    close("mae", Mae.value(&thirds, &zeros).unwrap(), third);
    close("quantile", Quantile::new(0.25).unwrap().value(&thirds, &zeros).unwrap(), 0.75 * third);
    close("poisson", Poisson.value(&thirds, &zeros).unwrap(), third.exp());
    close("huber", Huber::default().value(&thirds, &zeros).unwrap(), third * third / 2.0);
    close("cross-entropy", CrossEntropy::default().value(&zeros, &array![[0.0]]).unwrap(), (outputs as f64).ln());
    let mut scores = thirds;
    softmax(&mut scores);
    close("a share", scores[[0, outputs / 2]], 1.0 / outputs as f64);
}

#[test]
fn sums_over_many_outputs_keep_their_digits() {
    check_long_sums(1 << 22);
}

/// The same for the largest size promised: 2 seconds and 0.7 GB.
#[test]
fn sums_over_2_to_the_25_outputs_keep_their_digits() {
    check_long_sums(1 << 25);
}

#[test]
fn huge_weights_of_rows_train_as_weights_of_one_do() {
    let (outputs, targets) = (array![[0.5_f32, 1.0], [2.0, 0.25]], array![[0.0_f32], [1.0]]);
    let compute = |weights: Option<&[f32]>| {
        let mut gradient = Array2::zeros((2, 2));
        let loss = CrossEntropy::default();
        let total = loss.total_weight(&targets, weights);
        (loss.mean_and_gradient(&outputs, &targets, weights, total, &mut gradient), gradient)
    };
    let (value, gradient) = compute(None);
    for weight in [3e38, 1e38, 1e-38, 1e-44] {
        let (found, found_gradient) = compute(Some(&[weight; 2]));
        assert!((found - value).abs() <= 1e-7 && (found_gradient - &gradient).iter().all(|d| d.abs() <= 1e-7));
    }
}

#[test]
fn huge_weights_fit_as_weights_of_one_do() {
    let inputs = Array2::from_shape_fn((40, 3), |(row, column)| ((row * (5 + column)) % 17) as f32 / 17.0);
    let targets = inputs.map_axis(Axis(1), |row| row.sum()).insert_axis(Axis(1));
    let fit = |weight: f32, accumulate: usize| {
        let data = Dataset::new(inputs.clone(), targets.clone()).unwrap().with_weights(vec![weight; 40]).unwrap();
        let mut network = Network::builder(3).dense(4, Tanh).dense(1, Identity).seed(3).build().unwrap();
        let mut trainer = Trainer::new(5).batch_size(8).accumulate(accumulate);
        let history = trainer.fit(&mut network, &data, &Mse, &mut Sgd::new(0.05).unwrap()).unwrap();
        (history.last().unwrap().training_loss, network.predict(&inputs).unwrap())
    };
    for accumulate in [1, 3] {
        let (loss, predictions) = fit(1.0, accumulate);
        for weight in [3e38, 1e38, 1e-37] {
            let (found, others) = fit(weight, accumulate);
            assert!((found - loss).abs() < 1e-6 * loss, "weight {weight}: {found}, not {loss}");
            assert!((others - &predictions).iter().all(|d| d.abs() < 1e-5));
        }
    }
}

#[test]
fn class_weights_of_the_loss_fit_as_those_of_the_rows_do() {
    let inputs = Array2::from_shape_fn((30, 2), |(row, column)| ((row * (3 + column)) % 7) as f64 / 7.0);
    let data = Dataset::new(inputs, Array2::from_shape_fn((30, 1), |(row, _)| f64::from(row % 5 == 0))).unwrap();
    let fit = |data: &Dataset<f64>, loss: CrossEntropy| {
        let mut network = Network::builder(2).dense(4, Tanh).dense(2, Identity).seed(3).build().unwrap();
        let mut trainer = Trainer::new(5).batch_size(7).accumulate(2);
        let history = trainer.fit(&mut network, data, &loss, &mut Sgd::new(0.1).unwrap()).unwrap();
        (history.last().unwrap().training_loss, network.evaluate(data, &loss, &[]).unwrap().loss)
    };
    let by_loss = fit(&data, CrossEntropy::default().class_weights([0.5, 2.0]));
    let by_row = fit(&data.with_class_weights(&[0.5, 2.0]).unwrap(), CrossEntropy::default());
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{by_loss:?} is not {by_row:?}");
    close(by_loss.0, by_row.0);
    close(by_loss.1, by_row.1);
}

#[test]
fn a_loss_or_a_gradient_that_is_not_finite_is_an_error() {
    let huge = array![[f64::MAX, -f64::MAX]];
    let quantile = Quantile::new(0.9).unwrap();
    for loss in [&Mse as &dyn Loss<f64>, &HalfSquaredError, &Mae, &Huber::default(), &quantile] {
        assert!(loss.value(&huge, &-&huge).is_err(), "{loss:?}");
    }
    let error = CrossEntropy::default().value(&huge, &array![[1.0]]).unwrap_err().to_string();
    assert_eq!(error, "CrossEntropy: expected predictions and targets whose loss is finite, found a loss of inf");
    let mut gradient = array![[7.0_f32]];
    let loss = Huber::default();
    assert!(loss.value_and_gradient(&array![[3e38]], &array![[-3e38]], &mut gradient).is_err());
    assert_eq!(gradient, array![[7.0]]);
}
