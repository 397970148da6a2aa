//! [`OnnxOptions`]: what an ONNX file has besides the network.

use crate::Float;
use crate::data::StandardScaler;

/// What is written to an ONNX file besides the network: an activation at the end, scalers, labels, names of columns.
///
/// ```
/// use feedforward::data::StandardScaler;
/// use feedforward::io::OnnxOptions;
/// use feedforward::{Identity, Network, Relu};
/// use ndarray::array;
///
/// let scaler = StandardScaler::from_parameters(array![100.0, 5.0], array![10.0, 2.0])?;
/// let network = Network::<f32>::builder(2).dense(8, Relu).dense(3, Identity).build()?; // gives logits
/// let options = OnnxOptions::default()
///     .input_scaler(&scaler)
///     .softmax()
///     .labels(["cat", "cow", "dog"])
///     .column_names(["length", "height"]);
/// let bytes = network.to_onnx_with(&options)?; // takes raw numbers, gives probabilities and a label
/// let probabilities = Network::<f32>::from_onnx(&bytes)?.predict(&array![[120.0, 4.0]])?;
/// assert!((probabilities.sum() - 1.0).abs() < 1e-6);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct OnnxOptions<'a, F: Float> {
    pub(super) activation: Option<OutputActivation>,
    pub(super) input_scaler: Option<&'a StandardScaler<F>>,
    pub(super) output_scaler: Option<&'a StandardScaler<F>>,
    pub(super) labels: Option<Vec<String>>,
    pub(super) column_names: Option<Vec<String>>,
}

/// What turns logits into probabilities at the end of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OutputActivation {
    Softmax,
    Sigmoid,
}

impl<F: Float> Default for OnnxOptions<'_, F> {
    fn default() -> Self {
        Self { activation: None, input_scaler: None, output_scaler: None, labels: None, column_names: None }
    }
}

impl<'a, F: Float> OnnxOptions<'a, F> {
    /// Adds a softmax at the end: for a network trained with [`CrossEntropy`](crate::CrossEntropy).
    pub fn softmax(self) -> Self {
        Self { activation: Some(OutputActivation::Softmax), ..self }
    }

    /// Adds a sigmoid at the end: for a network trained with [`BinaryCrossEntropy`](crate::BinaryCrossEntropy).
    pub fn sigmoid(self) -> Self {
        Self { activation: Some(OutputActivation::Sigmoid), ..self }
    }

    /// Scales the inputs before the network, in double precision, as
    /// [`transform`](StandardScaler::transform) does.
    pub fn input_scaler(self, scaler: &'a StandardScaler<F>) -> Self {
        Self { input_scaler: Some(scaler), ..self }
    }

    /// Scales the outputs of the network back, as [`inverse_transform`](StandardScaler::inverse_transform) does.
    pub fn output_scaler(self, scaler: &'a StandardScaler<F>) -> Self {
        Self { output_scaler: Some(scaler), ..self }
    }

    /// Names the outputs: metadata `label.0`, `label.1`, ... and a second output `label`, that of the largest output.
    ///
    /// Labels that are all integers are written as such, others as texts.
    pub fn labels(self, labels: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { labels: Some(labels.into_iter().map(Into::into).collect()), ..self }
    }

    /// Names the inputs: metadata `column.0`, `column.1`, ...
    pub fn column_names(self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { column_names: Some(names.into_iter().map(Into::into).collect()), ..self }
    }
}
