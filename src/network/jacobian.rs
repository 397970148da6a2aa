//! [`Network::jacobian`]: how every output depends on every input.

use super::Network;
use super::flat::as_row;
use super::passes::Pass;
use crate::kernel::run_in_pool;
use crate::{Error, Float, Result, check};
use ndarray::{Array2, Axis};

const OPERATION: &str = "Network::jacobian";

impl<F: Float> Network<F> {
    /// Computes the derivative of every output by every input at this row: J_ij = dy_i / dx_j, `(outputs, inputs)`.
    ///
    /// It takes one forward and one backward pass over `outputs` equal rows, through a copy of the layers: row i of the
    /// output gradient is 1 at output i and 0 elsewhere, and its input gradient is row i of J.
    ///
    /// The passes are those of training, so the layers must compute the same in training as in prediction. A network
    /// with [`Dropout`](crate::layer::Dropout) or [`BatchNorm`](crate::layer::BatchNorm) has no Jacobian here, nor has
    /// one with a layer of your own whose [`rows_are_independent`](crate::Layer::rows_are_independent) says no.
    ///
    /// # Errors
    /// When the row has the wrong length or a number that is not finite, when a layer computes something else in
    /// training, or an output or a derivative is not finite.
    ///
    /// ```
    /// use feedforward::{Dense, Network, Relu};
    /// use ndarray::array;
    ///
    /// let dense = Dense::from_parameters(array![[2.0, -1.0], [3.0, 0.5]], None, Relu)?;
    /// let network = Network::from_layers(vec![Box::new(dense)])?;
    /// // y = (2·x0 + 3·x1, 0), as the rectifier cuts the second output off.
    /// assert_eq!(network.jacobian(&[1.0, 1.0])?, array![[2.0, 3.0], [0.0, 0.0]]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    #[doc(alias("gradient by inputs", "sensitivity", "jacrev"))]
    pub fn jacobian(&self, input: &[F]) -> Result<Array2<F>> {
        /// Rows of one pass: more would not be faster, only larger.
        const ROWS: usize = 256;
        self.check_inputs(OPERATION, &as_row(input))?;
        if let Some(layer) = self.layers().iter().find(|layer| !layer.rows_are_independent()) {
            let expected = "layers that compute the same in training as in prediction, and each row on its own";
            return Err(Error::invalid(OPERATION, expected, layer.describe()));
        }
        let outputs = self.output_size();
        let mut jacobian = Array2::zeros(check::addressable::<F>(OPERATION, outputs, input.len())?);
        let (mut chain, mut pass) = (self.chain.clone(), Pass::default());
        run_in_pool(self.multiplications(outputs), || {
            for (piece, mut derivatives) in jacobian.axis_chunks_iter_mut(Axis(0), ROWS).enumerate() {
                let rows = derivatives.nrows();
                let inputs = Array2::from_shape_fn((rows, input.len()), |(_, column)| input[column]);
                let is_own = |(row, output): (usize, usize)| output == piece * ROWS + row;
                let gradient =
                    Array2::from_shape_fn((rows, outputs), |at| if is_own(at) { F::one() } else { F::zero() });
                check::all_finite(OPERATION, "outputs", pass.run_forward(&mut chain, &inputs))?;
                pass.run_backward(&mut chain, &inputs, &gradient, Some(&mut derivatives));
            }
            Ok(())
        })?;
        check::all_finite(OPERATION, "jacobian", &jacobian)?;
        Ok(jacobian)
    }
}
