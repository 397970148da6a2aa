//! Prediction: `&self`, so that one network serves many threads.

use super::Network;
use crate::kernel::run_in_pool;
use crate::kernel::tuning::{PREDICT_BYTES, PREDICT_MIN_ROWS};
use crate::layer::Buffer;
use crate::{Float, Loss, Result, check};
use ndarray::{Array2, ArrayRef2, Axis};

/// The buffers of [`Network::predict_into`]: one per thread, for any network.
#[derive(Debug, Clone)]
pub struct Scratch<F> {
    inputs: Buffer<F>,
    outputs: Buffer<F>,
    between: [Buffer<F>; 2],
}

impl<F> Default for Scratch<F> {
    fn default() -> Self {
        Self { inputs: Buffer::default(), outputs: Buffer::default(), between: Default::default() }
    }
}

impl<F: Float> Network<F> {
    /// Predicts the outputs of each row of inputs.
    ///
    /// Many rows are predicted in pieces, so that what passes between the layers takes little memory.
    ///
    /// # Errors
    /// When the inputs have the wrong number of columns, no row, or a number that is not finite; and when an output
    /// comes out as NaN or infinite, because a sum overflows or a weight is so already.
    ///
    /// ```
    /// use feedforward::{Dense, Network, Relu};
    /// use ndarray::array;
    ///
    /// let dense = Dense::from_parameters(array![[1.0, -1.0]], None, Relu)?;
    /// let network = Network::from_layers(vec![Box::new(dense)])?;
    /// assert_eq!(network.predict(&array![[2.0], [-3.0]])?, array![[2.0, 0.0], [0.0, 3.0]]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn predict(&self, inputs: &ArrayRef2<F>) -> Result<Array2<F>> {
        self.check_inputs(PREDICT, inputs)?;
        self.predict_all(inputs)
    }

    /// Returns how many rows to predict at once where not all outputs are kept: 2 MiB of them in single precision.
    pub(crate) fn rows_per_piece(&self) -> usize {
        ((1 << 19) / self.output_size()).max(1)
    }

    /// Returns how many rows are predicted at once: those that reach from one such piece to the next give the same bits
    /// alone.
    pub(super) fn rows_predicted_at_once(&self) -> usize {
        (PREDICT_BYTES / size_of::<F>() / self.chain.widest()).max(PREDICT_MIN_ROWS)
    }

    /// Does the same with inputs that were checked before.
    pub(super) fn predict_all(&self, inputs: &ArrayRef2<F>) -> Result<Array2<F>> {
        let mut outputs = Array2::zeros(check::addressable::<F>(PREDICT, inputs.nrows(), self.output_size())?);
        self.predict_checked(inputs, &mut Scratch::default(), &mut outputs)?;
        Ok(outputs)
    }

    /// Writes the same into an array of the caller, without allocating once `scratch` has seen a batch of this size.
    ///
    /// # Errors
    /// As for [`predict`](Self::predict), and when `outputs` does not have shape `(rows, output_size)`. After an error
    /// in the inputs `outputs` is unchanged; after one in the outputs it holds them.
    ///
    /// ```
    /// use feedforward::{Identity, Network, Scratch};
    /// use ndarray::Array2;
    ///
    /// let network = Network::<f32>::builder(3).dense(2, Identity).build()?;
    /// let (mut scratch, mut outputs) = (Scratch::default(), Array2::zeros((5, 2)));
    /// for inputs in [Array2::ones((5, 3)), Array2::zeros((5, 3))] {
    ///     network.predict_into(&inputs, &mut scratch, &mut outputs)?;
    /// }
    /// assert_eq!(outputs, Array2::<f32>::zeros((5, 2)));
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn predict_into(
        &self,
        inputs: &ArrayRef2<F>,
        scratch: &mut Scratch<F>,
        outputs: &mut ArrayRef2<F>,
    ) -> Result<()> {
        self.check_inputs(PREDICT, inputs)?;
        check::shape(PREDICT, "outputs", (inputs.nrows(), self.output_size()), outputs.dim())?;
        self.predict_checked(inputs, scratch, outputs)
    }

    fn predict_checked(
        &self,
        inputs: &ArrayRef2<F>,
        scratch: &mut Scratch<F>,
        outputs: &mut ArrayRef2<F>,
    ) -> Result<()> {
        if inputs.nrows() <= PREDICT_MIN_ROWS {
            self.predict_piece(inputs, scratch, outputs);
        } else {
            let most_rows = self.rows_predicted_at_once();
            let pieces = inputs.axis_chunks_iter(Axis(0), most_rows);
            for (inputs, mut outputs) in pieces.zip(outputs.axis_chunks_iter_mut(Axis(0), most_rows)) {
                self.predict_piece(&inputs, scratch, &mut outputs);
            }
        }
        check::all_finite(PREDICT, "outputs", outputs)
    }

    fn predict_piece(&self, inputs: &ArrayRef2<F>, scratch: &mut Scratch<F>, outputs: &mut ArrayRef2<F>) {
        let multiplications = inputs.nrows() * self.parameter_count();
        let inputs = scratch.inputs.standard_layout(inputs);
        if outputs.is_standard_layout() {
            run_in_pool(multiplications, || self.chain.infer_with(&inputs, &mut scratch.between, outputs));
        } else {
            let written = scratch.outputs.resize_uncleared(outputs.nrows(), outputs.ncols());
            run_in_pool(multiplications, || self.chain.infer_with(&inputs, &mut scratch.between, written));
            outputs.assign(written);
        }
    }

    /// Predicts probabilities, with the loss that the network was trained with.
    ///
    /// Softmax for [`CrossEntropy`](crate::CrossEntropy), sigmoid for
    /// [`BinaryCrossEntropy`](crate::BinaryCrossEntropy), the rates e^z for [`Poisson`](crate::Poisson), the outputs
    /// themselves for losses that have no [`activate`](Loss::activate).
    ///
    /// # Errors
    /// As for [`predict`](Self::predict), and when what the loss makes of an output is not finite: a rate that is too
    /// large for `F`.
    ///
    /// ```
    /// use feedforward::{CrossEntropy, Identity, Network};
    ///
    /// let network = Network::<f64>::builder(4).dense(3, Identity).build()?;
    /// let inputs = ndarray::array![[0.1, 0.2, 0.3, 0.4]];
    /// let probabilities = network.predict_probabilities(&inputs, &CrossEntropy::default())?;
    /// assert!((probabilities.sum() - 1.0).abs() < 1e-12);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn predict_probabilities(&self, inputs: &ArrayRef2<F>, loss: &dyn Loss<F>) -> Result<Array2<F>> {
        let mut outputs = self.predict(inputs)?;
        activate_rows(&mut outputs, loss);
        check::all_finite("Network::predict_probabilities", "activated outputs", &outputs)?;
        Ok(outputs)
    }
}

const PREDICT: &str = "Network::predict";

/// Turns each row of outputs into what it stands for under this loss: probabilities, for a loss on logits.
pub(super) fn activate_rows<F: Float>(outputs: &mut Array2<F>, loss: &dyn Loss<F>) {
    for mut row in outputs.rows_mut() {
        loss.activate(row.as_slice_mut().unwrap_or_default());
    }
}
