//! Prediction: `&self`, so that one network serves many threads.

use super::Network;
use super::buffers::Buffer;
use crate::kernel::run_in_pool;
use crate::{Error, Float, Loss, Result};
use ndarray::{Array2, ArrayRef2};

/// The memory [`Network::predict_into`] works in: one for each thread, for any network.
///
/// ```
/// let scratch = feedforward::Scratch::<f32>::default();
/// ```
#[derive(Debug, Clone)]
pub struct Scratch<F> {
    inputs: Buffer<F>,
    outputs: Buffer<F>,
    halves: [Buffer<F>; 2],
}

impl<F: Float> Default for Scratch<F> {
    fn default() -> Self {
        let [inputs, outputs, one, other] = std::array::from_fn(|_| Buffer::default());
        Self { inputs, outputs, halves: [one, other] }
    }
}

impl<F: Float> Network<F> {
    /// What the network makes of each row of inputs.
    ///
    /// Outputs are not checked: when a weight is NaN or infinite, or a sum overflows, they are so too, as in PyTorch and Keras.
    ///
    /// # Errors
    /// When the inputs have the wrong number of columns, no row, or a number that is not finite.
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
        let mut outputs = Array2::zeros((inputs.nrows(), self.output_size()));
        self.predict_into(inputs, &mut Scratch::default(), &mut outputs)?;
        Ok(outputs)
    }

    /// The same into an array of the caller's, without allocating once `scratch` has seen a batch of this size.
    ///
    /// # Errors
    /// As for [`predict`](Self::predict), and when `outputs` does not have shape `(rows, output_size)`.
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
    /// assert_eq!(outputs, Array2::zeros((5, 2)));
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn predict_into(
        &self,
        inputs: &ArrayRef2<F>,
        scratch: &mut Scratch<F>,
        outputs: &mut ArrayRef2<F>,
    ) -> Result<()> {
        self.check_inputs("Network::predict", inputs)?;
        let expected = (inputs.nrows(), self.output_size());
        if outputs.dim() != expected {
            let expected = format!("outputs of shape {expected:?}");
            return Err(Error::invalid("Network::predict", expected, format!("{:?}", outputs.dim())));
        }
        let work = inputs.nrows() * self.parameter_count();
        let inputs = scratch.inputs.standard(inputs);
        if outputs.is_standard_layout() {
            run_in_pool(work, || self.infer(&inputs, &mut scratch.halves, outputs));
        } else {
            let written = scratch.outputs.fit(expected.0, expected.1);
            run_in_pool(work, || self.infer(&inputs, &mut scratch.halves, written));
            outputs.assign(written);
        }
        Ok(())
    }

    /// The probabilities a network stands for that was trained on logits, with the loss it was trained with.
    ///
    /// Softmax for [`CrossEntropy`](crate::CrossEntropy), sigmoid for [`BinaryCrossEntropy`](crate::BinaryCrossEntropy), the outputs
    /// themselves for losses that are not on logits.
    ///
    /// # Errors
    /// As for [`predict`](Self::predict).
    ///
    /// ```
    /// use feedforward::{CrossEntropy, Identity, Network};
    ///
    /// let network = Network::<f64>::builder(4).dense(3, Identity).build()?;
    /// let probabilities = network.predict_probabilities(&ndarray::array![[0.1, 0.2, 0.3, 0.4]], &CrossEntropy::default())?;
    /// assert!((probabilities.sum() - 1.0).abs() < 1e-12);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn predict_probabilities(&self, inputs: &ArrayRef2<F>, loss: &dyn Loss<F>) -> Result<Array2<F>> {
        let mut outputs = self.predict(inputs)?;
        for mut row in outputs.rows_mut() {
            loss.activate(row.as_slice_mut().unwrap_or_default());
        }
        Ok(outputs)
    }

    /// Through the layers, from one half of the scratch to the other and back; the last layer writes the outputs.
    fn infer(&self, inputs: &ArrayRef2<F>, [from, to]: &mut [Buffer<F>; 2], outputs: &mut ArrayRef2<F>) {
        let (mut from, mut to) = (from, to);
        for (index, layer) in self.layers.iter().enumerate() {
            let input = if index == 0 { inputs } else { from.matrix() };
            if index + 1 == self.layers.len() {
                layer.infer(input, outputs);
            } else {
                layer.infer(input, to.fit(inputs.nrows(), layer.output_size()));
            }
            std::mem::swap(&mut from, &mut to);
        }
    }
}
