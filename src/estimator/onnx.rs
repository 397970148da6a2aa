//! Classifiers and regressors as ONNX files.

use super::{Classifier, Regressor};
use crate::data::{Label, LabelEncoder, StandardScaler, in_file};
use crate::io::{Model, in_content, onnx, write_file};
use crate::{Float, Result};
use ndarray::Array1;
use std::borrow::Cow;
use std::fmt::Display;
use std::io;
use std::path::Path;
use std::str::FromStr;

impl<F: Float, L: Label + Display> Classifier<F, L> {
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
    /// let names = ["setosa", "setosa", "setosa", "versicolor", "versicolor", "versicolor"];
    /// let model = Classifier::fit(&lengths, &names)?;
    /// let read = Classifier::<f64, String>::from_onnx(&model.to_onnx()?)?;
    /// assert_eq!(read.predict(&lengths)?, model.predict(&lengths)?);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn save_onnx(&self, path: impl AsRef<Path>) -> Result<()> {
        write_file(path.as_ref(), &self.to_onnx()?)
    }

    /// Returns the bytes that [`save_onnx`](Self::save_onnx) writes.
    ///
    /// # Errors
    /// As for [`Network::save_onnx`](crate::Network::save_onnx).
    pub fn to_onnx(&self) -> Result<Vec<u8>> {
        onnx::write_classifier(&self.to_model()?)
    }
}

impl<F: Float, L: Label + FromStr> Classifier<F, L> {
    /// Loads a classifier from an ONNX file: of this crate, of skl2onnx, or of PyTorch with a softmax at the end or
    /// logits as outputs.
    ///
    /// What standardizes the inputs becomes the scaler. A file without labels numbers its classes from 0. The
    /// classifier has no history.
    ///
    /// # Errors
    /// As for [`Network::load_onnx`](crate::Network::load_onnx), and when a label cannot be read as `L`, there are
    /// fewer than 2 classes, or the labels are not one for each output.
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
        let encoder = LabelEncoder::from_texts(&model.labels.unwrap_or_default()).map_err(in_content)?;
        let network = model.network.into_owned();
        let scaler = scaler_or_none(model.input_scaler, network.input_size()).map_err(in_content)?;
        Ok(Self::from_parts(network, scaler, encoder, owned(model.column_names)))
    }
}

impl<F: Float> Regressor<F> {
    /// Saves the regressor as an ONNX file that takes raw inputs and gives numbers, `(batch, 1)`.
    ///
    /// # Errors
    /// As for [`Network::save_onnx`](crate::Network::save_onnx).
    pub fn save_onnx(&self, path: impl AsRef<Path>) -> Result<()> {
        write_file(path.as_ref(), &self.to_onnx()?)
    }

    /// Returns the bytes that [`save_onnx`](Self::save_onnx) writes.
    ///
    /// # Errors
    /// As for [`Network::save_onnx`](crate::Network::save_onnx).
    pub fn to_onnx(&self) -> Result<Vec<u8>> {
        onnx::write_regressor(&self.to_model()?)
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
        let network = model.network.into_owned();
        let scaler = scaler_or_none(model.input_scaler, network.input_size()).map_err(in_content)?;
        let target_scaler = scaler_or_none(model.output_scaler, 1).map_err(in_content)?;
        Ok(Self::from_parts(network, scaler, target_scaler, owned(model.column_names)))
    }
}

/// Returns the names of the columns, none if there are none.
fn owned(column_names: Option<Cow<'static, [String]>>) -> Vec<String> {
    column_names.map(Cow::into_owned).unwrap_or_default()
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
