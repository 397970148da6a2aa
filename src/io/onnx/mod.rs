//! ONNX: writing networks for other programs, and reading networks that others have trained.

mod body;
mod constant;
mod export;
mod external;
mod functions;
mod import;
mod messages;
mod options;

pub use options::OnnxOptions;

use super::{Model, write_file};
use crate::data::{in_file, invalid_data};
use crate::{Float, Network, Result};
use options::OutputActivation;
use std::borrow::Cow;
use std::fs;
use std::io;
use std::path::Path;

impl<F: Float> Network<F> {
    /// Saves the network as an ONNX file, for onnxruntime and all that reads ONNX.
    ///
    /// The file has one input, `(batch, input_size)`, and one output, `(batch, output_size)`, in the precision of the
    /// network. Dropout is left out. The operators are those of version 20; in double precision, for which onnxruntime
    /// lacks kernels of some of them, these are functions in the file, made of operators that it has.
    ///
    /// # Errors
    /// When a layer or an activation is not one of the crate's, a parameter is not finite, the file would have 2 GiB or
    /// more, or it cannot be written; what was there before stays then.
    ///
    /// ```
    /// use feedforward::{Identity, Network, Relu};
    ///
    /// let network = Network::<f32>::builder(4).dense(8, Relu).dense(3, Identity).build()?;
    /// let path = std::env::temp_dir().join("feedforward-doc.onnx");
    /// network.save_onnx(&path)?;
    /// let inputs = ndarray::array![[0.1, 0.2, 0.3, 0.4]];
    /// assert_eq!(Network::<f32>::load_onnx(&path)?.predict(&inputs)?, network.predict(&inputs)?);
    /// # std::fs::remove_file(path).ok();
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn save_onnx(&self, path: impl AsRef<Path>) -> Result<()> {
        self.save_onnx_with(path, &OnnxOptions::default())
    }

    /// Saves the network with scalers, an activation at the end, labels or names of columns: see [`OnnxOptions`].
    ///
    /// # Errors
    /// As for [`save_onnx`](Self::save_onnx), and when an option does not fit the network.
    pub fn save_onnx_with(&self, path: impl AsRef<Path>, options: &OnnxOptions<'_, F>) -> Result<()> {
        write_file(path.as_ref(), &self.to_onnx_with(options)?)
    }

    /// Returns the bytes that [`save_onnx`](Self::save_onnx) writes.
    ///
    /// # Errors
    /// As for [`save_onnx`](Self::save_onnx).
    pub fn to_onnx(&self) -> Result<Vec<u8>> {
        self.to_onnx_with(&OnnxOptions::default())
    }

    /// Returns the bytes that [`save_onnx_with`](Self::save_onnx_with) writes.
    ///
    /// # Errors
    /// As for [`save_onnx_with`](Self::save_onnx_with).
    pub fn to_onnx_with(&self, options: &OnnxOptions<'_, F>) -> Result<Vec<u8>> {
        let OnnxOptions { activation, input_scaler, output_scaler, labels, column_names } = options;
        let model = Model {
            network: Cow::Borrowed(self),
            input_scaler: input_scaler.map(Cow::Borrowed),
            output_scaler: output_scaler.map(Cow::Borrowed),
            labels: labels.clone(),
            column_names: column_names.as_deref().map(Cow::Borrowed),
        };
        export::write(&model, *activation)
    }

    /// Loads a network from an ONNX file: of PyTorch, scikit-learn, Keras, or of this crate.
    ///
    /// The graph must lead from one input to one output in layers of this crate: Gemm or MatMul, Add, Sub, Mul and Div
    /// with constants, BatchNormalization, LayerNormalization, activations (as one node or as the nodes that exporters
    /// write for them), Softmax, shortcuts, and what changes nothing in prediction. Scalers become
    /// [`Affine`](crate::layer::Affine) layers; an output of labels is left out. The numbers are converted to `F`, half
    /// precisions exactly; a cast of data to half precision does not round. External data must be in the folder of
    /// the file.
    ///
    /// # Errors
    /// When the file cannot be read, is damaged, holds NaN or infinity, or has a node that is no layer: the error names
    /// the file, the node and its operator.
    pub fn load_onnx(path: impl AsRef<Path>) -> Result<Self> {
        load(path.as_ref(), import::read_network)
    }

    /// Reads a network from the bytes of an ONNX file that has no external data.
    ///
    /// # Errors
    /// As for [`load_onnx`](Self::load_onnx); the name of the file is "model".
    pub fn from_onnx(bytes: &[u8]) -> Result<Self> {
        parse(bytes, import::read_network)
    }
}

/// Writes a classifier, whose network gives logits.
pub(crate) fn write_classifier<F: Float>(model: &Model<'_, F>) -> Result<Vec<u8>> {
    export::write(model, Some(OutputActivation::Softmax))
}

/// Writes a regressor.
pub(crate) fn write_regressor<F: Float>(model: &Model<'_, F>) -> Result<Vec<u8>> {
    export::write(model, None)
}

/// Loads a classifier from a file.
pub(crate) fn load_classifier<F: Float>(path: &Path) -> Result<Model<'static, F>> {
    load(path, import::read_classifier)
}

/// Reads a classifier from bytes.
pub(crate) fn parse_classifier<F: Float>(bytes: &[u8]) -> Result<Model<'static, F>> {
    parse(bytes, import::read_classifier)
}

/// Loads a regressor from a file.
pub(crate) fn load_regressor<F: Float>(path: &Path) -> Result<Model<'static, F>> {
    load(path, import::read_regressor)
}

/// Reads a regressor from bytes.
pub(crate) fn parse_regressor<F: Float>(bytes: &[u8]) -> Result<Model<'static, F>> {
    parse(bytes, import::read_regressor)
}

/// Makes something of the content of a file, given its bytes and its folder.
type Read<T> = fn(Vec<u8>, Option<&Path>) -> io::Result<T>;

fn load<T>(path: &Path, read: Read<T>) -> Result<T> {
    let content = || {
        // A pipe or a device may have no end.
        if !fs::metadata(path)?.is_file() {
            return Err(invalid_data("expected a regular file, found something else"));
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        read(fs::read(path)?, Some(folder))
    };
    content().map_err(in_file(path))
}

fn parse<T>(bytes: &[u8], read: Read<T>) -> Result<T> {
    read(bytes.to_vec(), None).map_err(in_file(Path::new("model")))
}
