//! Classifiers and regressors as ONNX files.

use super::{Classifier, Regressor};
use crate::data::{LabelEncoder, StandardScaler, in_file, invalid_data};
use crate::io::Model;
use crate::io::onnx;
use crate::{Float, Result};
use ndarray::Array1;
use std::borrow::Cow;
use std::fmt::{Debug, Display};
use std::io;
use std::path::Path;
use std::str::FromStr;

impl<F: Float, L: Ord + Clone + Debug + Display> Classifier<F, L> {
    /// Saves the classifier as an ONNX file that takes raw inputs and gives labels and probabilities.
    ///
    /// The outputs are `label`, `(batch)`, and `probabilities`, `(batch, classes)`. Labels that are all integers are
    /// written as such, others as texts; `label.0`, `label.1`, ... of the metadata name them too.
    ///
    /// # Errors
    /// As for [`Network::save_onnx`](crate::Network::save_onnx).
    ///
    /// ```
    /// use feedforward::Classifier;
    /// use ndarray::array;
    ///
    /// let lengths = array![[5.1, 1.4], [4.9, 1.5], [4.7, 1.3], [7.0, 4.7], [6.4, 4.5], [6.9, 4.9]];
    /// let model = Classifier::fit(&lengths, &["setosa", "setosa", "setosa", "versicolor", "versicolor", "versicolor"])?;
    /// let read = Classifier::<f64, String>::from_onnx(&model.to_onnx()?)?;
    /// assert_eq!(read.predict(&lengths)?, model.predict(&lengths)?);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn save_onnx(&self, path: impl AsRef<Path>) -> Result<()> {
        onnx::write_file(path.as_ref(), &self.to_onnx()?)
    }

    /// Returns the bytes that [`save_onnx`](Self::save_onnx) writes.
    ///
    /// # Errors
    /// As for [`Network::save_onnx`](crate::Network::save_onnx).
    pub fn to_onnx(&self) -> Result<Vec<u8>> {
        let mut model = Model::of_network(Cow::Borrowed(self.network()));
        model.input_scaler = Some(Cow::Borrowed(self.scaler()));
        model.labels = Some(self.classes().iter().map(L::to_string).collect());
        onnx::write_classifier(&model)
    }
}

impl<F: Float, L: Ord + Clone + Debug + FromStr> Classifier<F, L> {
    /// Loads a classifier from an ONNX file: of this crate, of skl2onnx, or of PyTorch with a softmax at the end or
    /// logits as outputs.
    ///
    /// What standardizes the inputs becomes the scaler. A file without labels numbers its classes from 0. The classifier
    /// has no history.
    ///
    /// # Errors
    /// As for [`Network::load_onnx`](crate::Network::load_onnx), and when a label cannot be read as `L`, there are fewer
    /// than 2 classes, or the labels are not one for each output.
    pub fn load_onnx(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Self::of_model(onnx::load_classifier(path)?).map_err(in_file(path))
    }

    /// Reads a classifier from the bytes of an ONNX file that has no external data.
    ///
    /// # Errors
    /// As for [`load_onnx`](Self::load_onnx); the name of the file is "model".
    pub fn from_onnx(bytes: &[u8]) -> Result<Self> {
        Self::of_model(onnx::parse_classifier(bytes)?).map_err(in_file(Path::new("model")))
    }

    fn of_model(model: Model<'static, F>) -> io::Result<Self> {
        let label = |label: &String| {
            let kind = crate::description::type_name::<L>();
            let wrong = |_| invalid_data(format!("expected labels that can be read as {kind}, found {label:?}"));
            label.parse().map_err(wrong)
        };
        let labels: io::Result<Vec<L>> = model.labels.iter().flatten().map(label).collect();
        let as_fault = |error: crate::Error| invalid_data(error.to_string());
        let encoder = LabelEncoder::from_classes(labels?).map_err(as_fault)?;
        let network = model.network.into_owned();
        let scaler = scaler_or_none(model.input_scaler, network.input_size()).map_err(as_fault)?;
        Ok(Self::from_parts(network, scaler, encoder))
    }
}

impl<F: Float> Regressor<F> {
    /// Saves the regressor as an ONNX file that takes raw inputs and gives numbers, `(batch, 1)`.
    ///
    /// # Errors
    /// As for [`Network::save_onnx`](crate::Network::save_onnx).
    pub fn save_onnx(&self, path: impl AsRef<Path>) -> Result<()> {
        onnx::write_file(path.as_ref(), &self.to_onnx()?)
    }

    /// Returns the bytes that [`save_onnx`](Self::save_onnx) writes.
    ///
    /// # Errors
    /// As for [`Network::save_onnx`](crate::Network::save_onnx).
    pub fn to_onnx(&self) -> Result<Vec<u8>> {
        let mut model = Model::of_network(Cow::Borrowed(self.network()));
        model.input_scaler = Some(Cow::Borrowed(self.scaler()));
        model.output_scaler = Some(Cow::Borrowed(self.target_scaler()));
        onnx::write_regressor(&model)
    }

    /// Loads a regressor from an ONNX file with one output: of this crate, of skl2onnx, or of PyTorch.
    ///
    /// What standardizes the inputs becomes the scaler, what does the opposite to the output that of the numbers. The
    /// regressor has no history.
    ///
    /// # Errors
    /// As for [`Network::load_onnx`](crate::Network::load_onnx), and when there is more than one output.
    pub fn load_onnx(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Self::of_model(onnx::load_regressor(path)?).map_err(in_file(path))
    }

    /// Reads a regressor from the bytes of an ONNX file that has no external data.
    ///
    /// # Errors
    /// As for [`load_onnx`](Self::load_onnx); the name of the file is "model".
    pub fn from_onnx(bytes: &[u8]) -> Result<Self> {
        Self::of_model(onnx::parse_regressor(bytes)?).map_err(in_file(Path::new("model")))
    }

    fn of_model(model: Model<'static, F>) -> io::Result<Self> {
        let as_fault = |error: crate::Error| invalid_data(error.to_string());
        let network = model.network.into_owned();
        let scaler = scaler_or_none(model.input_scaler, network.input_size()).map_err(as_fault)?;
        let target_scaler = scaler_or_none(model.output_scaler, 1).map_err(as_fault)?;
        Ok(Self::from_parts(network, scaler, target_scaler))
    }
}

/// Returns the scaler, or one that changes nothing.
fn scaler_or_none<F: Float>(scaler: Option<Cow<'static, StandardScaler<F>>>, size: usize) -> Result<StandardScaler<F>> {
    match scaler {
        Some(scaler) => Ok(scaler.into_owned()),
        None => {
            crate::check::addressable_times::<f64>("StandardScaler", 2, 1, size)?;
            StandardScaler::from_parameters(Array1::zeros(size), Array1::ones(size))
        }
    }
}
