//! [`gradient_check`]: the derivatives of a network against slopes measured by moving each number a little.

use crate::{Loss, Network, Result, Role};
use ndarray::{Array2, ArrayRef2};
use std::fmt;

/// Compares every derivative that `backward` computes with a numeric slope of the loss (central differences).
///
/// This is done for each number w of each parameter, trained or frozen, and of each input:
///
/// - s(h) = (L(w + h) - L(w - h)) / 2h is the slope over a step h, and n = (4 s(h/2) - s(h)) / 3 extrapolates it to h = 0
///   (Richardson).
/// - Of h = 1e-4, 1e-5 and 1e-6, times max(1, |w|), the one counts where s(h) and s(h/2) differ least.
/// - The error of the computed derivative a is |a - n| / max(|a| + |n|, 1e-8). Below 1e-6 the derivative is right, above
///   1e-3 it is wrong; what lies in between deserves a look.
/// - A number is skipped, and counted in [`skipped`](GradientReport::skipped), where no slope can be measured: at a corner
///   such as that of a ReLU, where the slopes to the left and to the right differ however small the step, and where
///   rounding hides the slope.
///
/// Each loss is that of a fresh clone, so random masks and running statistics are the same every time and `network` is
/// not changed. The method and its limits are from the notes of Stanford's course cs231n.
///
/// # Errors
/// As for [`Network::train_step`].
///
/// ```
/// use feedforward::{CrossEntropy, Identity, Network, Tanh, gradient_check};
/// use ndarray::array;
///
/// let network = Network::builder(2).dense(5, Tanh).dense(3, Identity).seed(1).build()?;
/// let (inputs, targets) = (array![[0.3, -0.8], [1.2, 0.5]], array![[2.0], [0.0]]);
/// let report = gradient_check(&network, &inputs, &targets, &CrossEntropy::default())?;
/// assert!(report.worst_error() < 1e-6, "{report}");
/// assert_eq!(report.checked() + report.skipped(), network.parameter_count() + 4);
/// # Ok::<(), feedforward::Error>(())
/// ```
pub fn gradient_check(
    network: &Network<f64>,
    inputs: &ArrayRef2<f64>,
    targets: &ArrayRef2<f64>,
    loss: &dyn Loss<f64>,
) -> Result<GradientReport> {
    let (analytic, input_gradient) = derivatives(network, inputs, targets, loss)?;
    let mut report = GradientReport::default();
    for (index, layer) in network.layers().iter().enumerate() {
        let parameters = layer.parameters().iter().enumerate().filter(|(_, p)| p.role() != Role::Statistic);
        for (which, parameter) in parameters {
            let gradient = analytic.layers()[index].parameters()[which].gradient();
            for (at, &w) in parameter.value().indexed_iter() {
                let place = Place::Parameter { layer: index, name: parameter.name(), row: at.0, column: at.1 };
                let moved = |w| {
                    let mut copy = network.clone();
                    if let Some(layer) = copy.layers_mut().nth(index) {
                        layer.parameters_mut()[which].value_mut()[at] = w;
                    }
                    loss_of(copy, inputs, targets, loss)
                };
                report.add(place, gradient[at], w, moved)?;
            }
        }
    }
    for (at, &x) in inputs.indexed_iter() {
        let moved = |x| {
            let mut inputs = inputs.to_owned();
            inputs[at] = x;
            loss_of(network.clone(), &inputs, targets, loss)
        };
        report.add(Place::Input { row: at.0, column: at.1 }, input_gradient[at], x, moved)?;
    }
    Ok(report)
}

/// A copy of the network with its gradients, and the gradient of the inputs.
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
/// ```
/// use feedforward::{Mse, Network, Sigmoid, gradient_check};
/// use ndarray::array;
///
/// let network = Network::builder(2).dense(3, Sigmoid).seed(1).build()?;
/// let report = gradient_check(&network, &array![[0.5, -1.0]], &array![[1.0, 0.0, 0.5]], &Mse)?;
/// assert_eq!((report.checked(), report.skipped()), (9 + 2, 0));
/// println!("{report}"); // 11 derivatives compared, ...; worst relative error ... at layer 0, weight[1, 2]: ...
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GradientReport {
    checked: usize,
    skipped: usize,
    worst: Option<GradientError>,
}

/// One number whose derivative was compared.
///
/// ```
/// use feedforward::{Mse, Network, Sigmoid, gradient_check};
/// use ndarray::array;
///
/// let network = Network::builder(1).dense(1, Sigmoid).seed(1).build()?;
/// let report = gradient_check(&network, &array![[0.5]], &array![[1.0]], &Mse)?;
/// if let Some(worst) = report.worst() {
///     println!("{}: computed {}, measured {}", worst.place, worst.analytic, worst.numeric);
/// }
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct GradientError {
    /// Which number.
    pub place: Place,
    /// The derivative `backward` computed.
    pub analytic: f64,
    /// The slope measured.
    pub numeric: f64,
    /// |analytic - numeric| / max(|analytic| + |numeric|, 1e-8).
    pub relative_error: f64,
}

/// A number of a network or of its inputs; everything is counted from 0.
///
/// ```
/// use feedforward::Place;
/// assert_eq!(Place::Input { row: 2, column: 0 }.to_string(), "input[2, 0]");
/// let weight = Place::Parameter { layer: 1, name: "weight", row: 0, column: 3 };
/// assert_eq!(weight.to_string(), "layer 1, weight[0, 3]");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A number of a parameter.
    Parameter {
        /// The layer.
        layer: usize,
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
    /// How many derivatives were compared.
    ///
    /// ```
    /// use feedforward::{Identity, Mse, Network, gradient_check};
    /// use ndarray::array;
    /// let network = Network::builder(1).dense(2, Identity).build()?;
    /// let report = gradient_check(&network, &array![[0.5]], &array![[1.0, 0.0]], &Mse)?;
    /// assert_eq!(report.checked(), 2 + 2 + 1); // weight, bias, input
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn checked(&self) -> usize {
        self.checked
    }

    /// How many were skipped, because no slope can be measured there: see [`gradient_check`].
    ///
    /// ```
    /// use feedforward::{Mae, Identity, Network, gradient_check};
    /// use ndarray::array;
    /// let network = Network::builder(1).dense_without_bias(1, Identity).build()?;
    /// let exact = network.predict(&array![[0.5]])?; // at the corner of |p - t|
    /// assert_eq!(gradient_check(&network, &array![[0.5]], &exact, &Mae)?.skipped(), 2);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn skipped(&self) -> usize {
        self.skipped
    }

    /// The largest relative error; 0 when nothing was compared.
    ///
    /// ```
    /// use feedforward::{Identity, Mse, Network, gradient_check};
    /// use ndarray::array;
    /// let network = Network::builder(1).dense(2, Identity).build()?;
    /// let report = gradient_check(&network, &array![[0.5]], &array![[1.0, 0.0]], &Mse)?;
    /// assert!(report.worst_error() < 1e-6);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn worst_error(&self) -> f64 {
        self.worst.as_ref().map_or(0.0, |worst| worst.relative_error)
    }

    /// The derivative with the largest relative error.
    ///
    /// ```
    /// use feedforward::{Identity, Mse, Network, gradient_check};
    /// use ndarray::array;
    /// let network = Network::builder(1).dense(2, Identity).build()?;
    /// let report = gradient_check(&network, &array![[0.5]], &array![[1.0, 0.0]], &Mse)?;
    /// assert!(report.worst().is_some_and(|worst| worst.relative_error == report.worst_error()));
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn worst(&self) -> Option<&GradientError> {
        self.worst.as_ref()
    }

    fn add(&mut self, place: Place, analytic: f64, w: f64, loss: impl Fn(f64) -> Result<f64>) -> Result<()> {
        let Some(numeric) = slope(w, loss)? else {
            self.skipped += 1;
            return Ok(());
        };
        self.checked += 1;
        let relative_error = (analytic - numeric).abs() / (analytic.abs() + numeric.abs()).max(1e-8);
        if self.worst.is_none() || relative_error > self.worst_error() || relative_error.is_nan() {
            self.worst = Some(GradientError { place, analytic, numeric, relative_error });
        }
        Ok(())
    }
}

/// The slope of `loss` at w, from the step whose result and that of half of it differ least; `None` at a corner.
fn slope(w: f64, loss: impl Fn(f64) -> Result<f64>) -> Result<Option<f64>> {
    let here = loss(w)?;
    let sides = |h: f64| -> Result<[f64; 2]> { Ok([(here - loss(w - h)?) / h, (loss(w + h)? - here) / h]) };
    let (mut least, mut slope, mut corner) = (f64::INFINITY, f64::NAN, false);
    for h in [1e-4, 1e-5, 1e-6].map(|h| h * w.abs().max(1.0)) {
        let [coarse, fine] = [sides(h)?, sides(h / 2.0)?];
        let [far, near] = [coarse, fine].map(|[left, right]| (left + right) / 2.0);
        // What the steps differ by, and what rounding does to them.
        let doubt = (far - near).abs() + f64::EPSILON * here.abs().max(1.0) / h;
        if doubt < least {
            (least, slope) = (doubt, (4.0 * near - far) / 3.0);
        }
        // Coming closer by half, the two sides of a curve differ by half as much; those of a corner differ as before.
        let [before, after] = [coarse, fine].map(|[left, right]| (right - left).abs());
        corner = after > 1e-7 * (1.0 + fine[0].abs()) && after > 0.75 * before;
    }
    let vague = least > 1e-4 * slope.abs().max(1e-4);
    Ok((!corner && !vague).then_some(slope))
}

impl fmt::Display for GradientReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} derivatives compared, {} skipped", self.checked, self.skipped)?;
        if let Some(GradientError { place, analytic, numeric, relative_error }) = &self.worst {
            write!(formatter, "; worst relative error {relative_error:.1e} at {place}: ")?;
            write!(formatter, "computed {analytic:.10}, measured {numeric:.10}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parameter { layer, name, row, column } => write!(formatter, "layer {layer}, {name}[{row}, {column}]"),
            Self::Input { row, column } => write!(formatter, "input[{row}, {column}]"),
        }
    }
}
