//! Activations at the ends of their range, and as plain data.

use feedforward::activation::{AnyActivation, Clip, HardSigmoid, HardSwish, Mish, Selu, Softsign, Step};
use feedforward::description::Description;
use feedforward::layer::LogSoftmax;
use feedforward::*;
use ndarray::array;

/// Every activation of the crate, with settings that are not the default where it has some.
fn all() -> Vec<AnyActivation> {
    vec![
        Identity.into(),
        Sigmoid.into(),
        Relu.into(),
        LeakyRelu::new(0.3).unwrap().into(),
        Elu::new(0.7).unwrap().into(),
        Tanh.into(),
        Softplus.into(),
        Step.into(),
        Gelu::Exact.into(),
        Gelu::Tanh.into(),
        Silu.into(),
        Selu.into(),
        HardSigmoid::new(0.2, 0.4).unwrap().into(),
        Softsign.into(),
        Mish.into(),
        Clip::new(-0.25, 1.0 / 3.0).unwrap().into(),
        Clip::new(f64::NEG_INFINITY, 1e300).unwrap().into(),
        Clip::new(0.5, f64::INFINITY).unwrap().into(),
        HardSwish.into(),
    ]
}

fn describe(activation: &AnyActivation) -> Description {
    Activation::<f64>::describe(activation)
}

#[test]
fn a_description_gives_back_every_activation_with_its_settings() {
    let names = "".parse::<AnyActivation>().unwrap_err().to_string();
    let (_, names) = names.split_once("one of ").unwrap();
    let (names, _) = names.split_once(", found").unwrap();
    for name in names.split(", ") {
        assert!(all().iter().any(|activation| describe(activation).kind() == name), "{name} is not tried");
        // The default too.
        let default: AnyActivation = name.parse().unwrap();
        assert_eq!(AnyActivation::from_description(&describe(&default)).unwrap(), default);
    }
    for activation in all() {
        let description = describe(&activation);
        assert_eq!(AnyActivation::from_description(&description).unwrap(), activation, "{description}");
        assert_eq!(Activation::<f32>::describe(&activation), description);
    }
}

#[test]
fn a_description_without_its_settings_is_refused() {
    for (description, expected) in [
        (Description::new("HardSigmoid").with("alpha", 0.2), "a number called beta, found HardSigmoid(alpha=0.2)"),
        (Description::new("Clip").with("high", 1.0), "a number called low, found Clip(high=1)"),
        (Description::new("Clip").with("low", 1.0).with("high", "x"), "a number called high, found Clip(low=1, x)"),
    ] {
        let error = AnyActivation::from_description(&description).unwrap_err();
        assert_eq!(error.to_string(), format!("AnyActivation: expected {expected}"));
    }
    let description = Description::new("Clip").with("low", 1.0).with("high", 0.0);
    let error = AnyActivation::from_description(&description).unwrap_err();
    assert_eq!(error.to_string(), "Clip: expected bounds, low below high, found 1 to 0");
}

/// Value and slope at z.
fn at<F: Float>(activation: impl Activation<F>, z: F) -> (F, F) {
    let (mut value, mut slope) = ([z], [F::one()]);
    activation.activate(&mut value);
    activation.backpropagate(&[z], &value, &mut slope);
    (value[0], slope[0])
}

fn nothing_overflows_for<F: Float>() {
    let (least, most) = (F::min_positive_value().widen(), F::max_value().widen());
    // 1.0507 z lies outside the range where z is at its end.
    for activation in all() {
        let most = if describe(&activation).kind() == "Selu" { most / 1.06 } else { most };
        for size in [0.0, least, 1e-10, 1.0, 3.0, 50.0, 200.0, 1e4, 1e20, most.sqrt(), most / 2.0, most] {
            for z in [size, -size].map(F::from_f64) {
                let (value, slope) = at(activation, z);
                assert!(value.is_finite() && slope.is_finite(), "{activation:?} at {z}: {value}, {slope}");
            }
        }
    }
}

#[test]
fn no_activation_overflows() {
    nothing_overflows_for::<f32>();
    nothing_overflows_for::<f64>();
}

#[test]
fn both_precisions_compute_the_same_function() {
    for activation in all() {
        for step in -60..60 {
            // No corner of any of them is at a multiple of this step.
            let z = f64::from(step) * 0.173 + 0.01;
            let single = at(activation, z as f32);
            let double = at(activation, f64::from(z as f32));
            for (single, double) in [(single.0, double.0), (single.1, double.1)] {
                assert!((f64::from(single) - double).abs() <= 1e-6 * (1.0 + double.abs()), "{activation:?} at {z}");
            }
        }
    }
}

#[test]
fn mish_keeps_its_digits_far_below_zero() {
    // tanh(ln(1 + e^z)) = e^z (1 + O(e^z)), so f = z e^z and f' = (1 + z) e^z.
    for z in [-40.0_f64, -100.0, -600.0] {
        let (value, slope) = at(Mish, z);
        assert!((value / (z * z.exp()) - 1.0).abs() < 1e-15, "{value} at {z}");
        assert!((slope / ((1.0 + z) * z.exp()) - 1.0).abs() < 1e-14, "{slope} at {z}");
    }
}

#[test]
fn log_softmax_keeps_its_digits_near_zero() {
    // Of two scores, -ln(1 + e^-d) and -d - ln(1 + e^-d): near zero the first is -e^-d.
    let layer = LogSoftmax::new(2).unwrap();
    for distance in [0.5_f64, 40.0, 300.0, 1e6] {
        let (mut output, near_zero) = (array![[f64::NAN, f64::NAN]], (-distance).exp());
        layer.infer(&array![[3.0 - distance, 3.0]], &mut output);
        let expected = if distance < 1.0 { (1.0 + near_zero).ln() } else { near_zero };
        assert!((output[[0, 1]] + expected).abs() <= 1e-15 * expected, "{output} at {distance}");
        assert!((output[[0, 0]] + distance + expected).abs() <= 1e-15 * distance.max(1.0), "{output} at {distance}");
    }
    let mut output = array![[0.0_f32; 3]];
    LogSoftmax::new(3).unwrap().infer(&array![[1.0, f32::NAN, 2.0]], &mut output);
    assert!(output.iter().all(|y| y.is_nan()), "{output}");
}

#[test]
fn slopes_at_corners_are_those_of_pytorch() {
    for (z, slope) in [(-1.0, 0.0), (1.0, 0.0), (0.5, 1.0)] {
        assert_eq!(at(Clip::new(-1.0, 1.0).unwrap(), z).1, slope); // Hardtanh
    }
    for (z, slope) in [(0.0, 0.0), (6.0, 0.0), (3.0, 1.0)] {
        assert_eq!(at(Clip::relu6(), z).1, slope);
    }
    for (z, slope) in [(-3.0, 0.0), (3.0, 0.0), (1.0, 1.0 / 6.0)] {
        assert_eq!(at(HardSigmoid::default(), z).1, slope);
    }
    for (z, slope) in [(-3.0, 0.0), (3.0, 1.0), (0.0, 0.5)] {
        assert_eq!(at(HardSwish, z).1, slope);
    }
}

#[test]
fn settings_beyond_single_precision_stay_finite_in_it() {
    let above = Clip::new(1e300, 2e300).unwrap();
    assert_eq!(at(above, 1.0_f32), (f32::MAX, 0.0));
    assert_eq!(at(above, 1.0_f64), (1e300, 0.0));
    let wide = Clip::new(-1e300, 1e300).unwrap();
    assert_eq!(at(wide, -1e30_f32), (-1e30, 1.0));
    let steep = HardSigmoid::new(1e300, 0.5).unwrap();
    assert_eq!([0.0_f32, 1.0, -1.0].map(|z| at(steep, z).0), [0.5, 1.0, 0.0]);
    let mut gradient = [0.0_f32];
    steep.backpropagate(&[], &[0.5], &mut gradient);
    assert_eq!(gradient, [0.0]);
}
