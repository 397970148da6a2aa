//! [`gradient_check`]: compares the derivatives that a network computes with numeric ones.

use crate::{Loss, Network, Result, Role};
use ndarray::{Array2, ArrayRef2};
use std::fmt;

/// Compares every derivative that `backward` computes with a numeric slope of the loss (central differences).
///
/// This is done for each number w of each parameter, trained or frozen, also inside layers that own layers, and for
/// each input:
///
/// - s(h) = (L(w + h) - L(w - h)) / 2h is the slope over a step h, and n = (4 s(h/2) - s(h)) / 3 extrapolates it to
///   h = 0 (Richardson).
/// - Of h = 1e-4, 1e-5 and 1e-6, times max(1, |w|), the one counts where s(h) and s(h/2) differ least.
/// - The error of the computed derivative a is |a - n| / max(|a| + |n|, 1e-8). Below 1e-6 the derivative is right,
///   above 1e-3 it is wrong; a value in between deserves a look.
/// - A number is skipped, and counted in [`skipped`](GradientReport::skipped), if no slope can be measured: at a corner
///   such as that of a ReLU, where the slopes to the left and to the right differ for every step, and where rounding
///   hides the slope.
///
/// Each loss is computed by a fresh clone, so random masks and running statistics are the same every time and `network`
/// does not change. The method and its limits are from the notes of Stanford's course cs231n.
///
/// # Errors
/// As for [`Network::train_step`].
///
/// ```
/// use feedforward::{CrossEntropy, Identity, Network, Tanh, gradient_check};
/// use ndarray::array;
///
/// let network = Network::builder(2).dense(5, Tanh).dense(3, Identity).seed(1).build()?;
/// let inputs = array![[0.3, -0.8], [1.2, 0.5]];
/// let targets = array![[2.0], [0.0]];
/// let report = gradient_check(&network, &inputs, &targets, &CrossEntropy::default())?;
/// assert!(report.worst_error() < 1e-6, "{report}");
/// assert_eq!(report.checked() + report.skipped(), network.parameter_count() + 4);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias("gradcheck", "finite differences"))]
pub fn gradient_check(
    network: &Network<f64>,
    inputs: &ArrayRef2<f64>,
    targets: &ArrayRef2<f64>,
    loss: &dyn Loss<f64>,
) -> Result<GradientReport> {
    let (computed, input_gradient) = derivatives(network, inputs, targets, loss)?;
    let mut report = GradientReport::default();

    let with_place = network.layers().iter().enumerate().flat_map(|(layer, owner)| {
        let parameters = owner.parameters().into_iter().enumerate();
        parameters.map(move |(within, parameter)| (layer, within, parameter))
    });
    for (index, ((layer, within, parameter), computed)) in with_place.zip(computed.parameters()).enumerate() {
        if !matches!(parameter.role(), Role::Weight | Role::Bias) {
            continue;
        }
        for (at, &w) in parameter.value().indexed_iter() {
            let (name, row, column) = (parameter.name(), at.0, at.1);
            let location = GradientLocation::Parameter { layer, parameter: within, name, row, column };
            let loss_at = |w| {
                let mut moved = network.clone();
                if let Some(parameter) = moved.parameters_mut().nth(index) {
                    parameter.value_mut()[at] = w;
                }
                loss_of(moved, inputs, targets, loss)
            };
            report.add(location, computed.gradient()[at], w, loss_at)?;
        }
    }

    for (at, &x) in inputs.indexed_iter() {
        let location = GradientLocation::Input { row: at.0, column: at.1 };
        let loss_at = |x| {
            let mut moved = inputs.to_owned();
            moved[at] = x;
            loss_of(network.clone(), &moved, targets, loss)
        };
        report.add(location, input_gradient[at], x, loss_at)?;
    }
    Ok(report)
}

/// Returns a copy of the network with its gradients, and the gradient of the inputs.
fn derivatives(
    network: &Network<f64>,
    inputs: &ArrayRef2<f64>,
    targets: &ArrayRef2<f64>,
    loss: &dyn Loss<f64>,
) -> Result<(Network<f64>, Array2<f64>)> {
    let mut copy = network.clone();
    let outputs = copy.forward(inputs)?.to_owned();
    let mut gradient = Array2::zeros(outputs.dim());
    loss.value_and_gradient(&outputs, targets, &mut gradient)?;
    let input_gradient = copy.backward_to_inputs(&gradient)?.to_owned();
    Ok((copy, input_gradient))
}

/// Computes the loss of a training forward pass.
fn loss_of(
    mut network: Network<f64>,
    inputs: &ArrayRef2<f64>,
    targets: &ArrayRef2<f64>,
    loss: &dyn Loss<f64>,
) -> Result<f64> {
    loss.value(&network.forward(inputs)?, targets)
}

/// What [`gradient_check`] found.
///
/// It displays the counts and the derivative with the largest error, for the message of an assertion.
///
/// ```
/// use feedforward::{Mse, Network, Sigmoid, gradient_check};
/// use ndarray::array;
///
/// let network = Network::builder(2).dense(3, Sigmoid).seed(1).build()?;
/// let report = gradient_check(&network, &array![[0.5, -1.0]], &array![[1.0, 0.0, 0.5]], &Mse)?;
/// assert_eq!(report.checked(), 6 + 3 + 2); // weight, bias, inputs
/// assert_eq!(report.skipped(), 0);
/// if let Some(worst) = report.worst() {
///     println!("{}: computed {}, measured {}", worst.location, worst.analytic, worst.numeric);
/// }
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GradientReport {
    checked: usize,
    skipped: usize,
    worst: Option<GradientError>,
}

/// The comparison of one derivative.
#[derive(Debug, Clone, PartialEq)]
pub struct GradientError {
    /// The number that the loss was differentiated by.
    pub location: GradientLocation,
    /// The derivative that `backward` computed.
    pub analytic: f64,
    /// The slope that was measured.
    pub numeric: f64,
    /// |analytic - numeric| / max(|analytic| + |numeric|, 1e-8).
    pub relative_error: f64,
}

/// The position of a number in a network or in its inputs; everything is counted from 0.
///
/// ```
/// use feedforward::GradientLocation;
/// let weight = GradientLocation::Parameter { layer: 1, parameter: 0, name: "weight", row: 0, column: 3 };
/// assert_eq!(weight.to_string(), "layer 1, parameter 0, weight[0, 3]");
/// assert_eq!(GradientLocation::Input { row: 2, column: 0 }.to_string(), "input[2, 0]");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GradientLocation {
    /// A number of a parameter.
    Parameter {
        /// The layer of the network.
        layer: usize,
        /// The parameter within the layer, in the order of [`Layer::visit`](crate::Layer::visit).
        parameter: usize,
        /// The parameter's name.
        name: &'static str,
        /// The row within the parameter.
        row: usize,
        /// The column within the parameter.
        column: usize,
    },
    /// A number of the inputs.
    Input {
        /// The example.
        row: usize,
        /// The feature.
        column: usize,
    },
}

impl GradientReport {
    /// Returns how many derivatives were compared.
    pub fn checked(&self) -> usize {
        self.checked
    }

    /// Returns how many derivatives were skipped because no slope can be measured: see [`gradient_check`].
    ///
    /// ```
    /// use feedforward::{Identity, Mae, Network, gradient_check};
    /// use ndarray::array;
    /// let network = Network::builder(1).dense_without_bias(1, Identity).build()?;
    /// let exact = network.predict(&array![[0.5]])?; // at the corner of |p - t|
    /// assert_eq!(gradient_check(&network, &array![[0.5]], &exact, &Mae)?.skipped(), 2);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn skipped(&self) -> usize {
        self.skipped
    }

    /// Returns the largest relative error; 0 when nothing was compared.
    pub fn worst_error(&self) -> f64 {
        self.worst.as_ref().map_or(0.0, |worst| worst.relative_error)
    }

    /// Returns the derivative with the largest relative error.
    pub fn worst(&self) -> Option<&GradientError> {
        self.worst.as_ref()
    }

    /// Measures the slope of `loss_at` at w and compares it with the computed derivative.
    fn add(
        &mut self,
        location: GradientLocation,
        analytic: f64,
        w: f64,
        loss_at: impl Fn(f64) -> Result<f64>,
    ) -> Result<()> {
        let Some(numeric) = slope(w, loss_at)? else {
            self.skipped += 1;
            return Ok(());
        };
        self.checked += 1;
        let relative_error = (analytic - numeric).abs() / (analytic.abs() + numeric.abs()).max(1e-8);
        if self.worst.is_none() || relative_error > self.worst_error() || relative_error.is_nan() {
            self.worst = Some(GradientError { location, analytic, numeric, relative_error });
        }
        Ok(())
    }
}

/// Measures the slope at w; `None` at a corner and where rounding hides it.
///
/// Of three steps it takes the one whose slope differs least from that of half the step.
fn slope(w: f64, loss_at: impl Fn(f64) -> Result<f64>) -> Result<Option<f64>> {
    let middle = loss_at(w)?;
    let sides = |h: f64| -> Result<[f64; 2]> {
        let left = (middle - loss_at(w - h)?) / h;
        let right = (loss_at(w + h)? - middle) / h;
        Ok([left, right])
    };
    let mut least_uncertainty = f64::INFINITY;
    let mut slope = f64::NAN;
    let mut is_corner = false;
    for h in [1e-4, 1e-5, 1e-6].map(|h| h * w.abs().max(1.0)) {
        let full_step = sides(h)?;
        let half_step = sides(h / 2.0)?;
        let [far, near] = [full_step, half_step].map(|[left, right]| (left + right) / 2.0);
        // The difference of the two slopes, plus the error that rounding the loss adds to them.
        let uncertainty = (far - near).abs() + f64::EPSILON * middle.abs().max(1.0) / h;
        if uncertainty < least_uncertainty {
            least_uncertainty = uncertainty;
            slope = (4.0 * near - far) / 3.0;
        }
        // Half the step halves the difference between the two sides of a smooth curve; at a corner it stays.
        let [before, after] = [full_step, half_step].map(|[left, right]| (right - left).abs());
        is_corner = after > 1e-7 * (1.0 + half_step[0].abs()) && after > 0.75 * before;
    }
    let is_uncertain = least_uncertainty > 1e-4 * slope.abs().max(1e-4);
    Ok((!is_corner && !is_uncertain).then_some(slope))
}

impl fmt::Display for GradientReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} derivatives compared, {} skipped", self.checked, self.skipped)?;
        if let Some(GradientError { location, analytic, numeric, relative_error }) = &self.worst {
            write!(formatter, "; worst relative error {relative_error:.1e} at {location}: ")?;
            write!(formatter, "computed {analytic:.10}, measured {numeric:.10}")?;
        }
        Ok(())
    }
}

impl fmt::Display for GradientLocation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parameter { layer, parameter, name, row, column } => {
                write!(formatter, "layer {layer}, parameter {parameter}, {name}[{row}, {column}]")
            }
            Self::Input { row, column } => write!(formatter, "input[{row}, {column}]"),
        }
    }
}
