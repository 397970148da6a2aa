//! [`Network::evaluate`]: loss and metrics of a data set.

use super::Network;
use super::predict::activate_rows;
use crate::metrics::Metric;
use crate::total::Total;
use crate::{Dataset, Error, Float, Loss, Result};
use ndarray::Axis;

/// Loss and metrics of a network on a data set: what [`Network::evaluate`] returns.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Evaluation {
    /// The loss, with the weights of the rows.
    pub loss: f64,
    /// Name and value of each metric, in the order given.
    pub metrics: Vec<(String, f64)>,
}

impl Evaluation {
    /// Returns the value of the metric of this name.
    pub fn metric(&self, name: &str) -> Option<f64> {
        self.metrics.iter().find(|(other, _)| other == name).map(|&(_, value)| value)
    }
}

impl<F: Float> Network<F> {
    /// Computes loss and metrics of a data set, in prediction mode; nothing is trained. Keras' `evaluate`.
    ///
    /// Metrics see what the loss makes of the outputs: probabilities, for a loss on logits.
    ///
    /// # Errors
    /// When network and data do not fit, an output or the loss is not finite, or a metric cannot be computed.
    ///
    /// ```
    /// use feedforward::metrics::Accuracy;
    /// use feedforward::{CrossEntropy, Dataset, Identity, Network};
    /// use ndarray::array;
    ///
    /// let data = Dataset::new(array![[1.0, 2.0], [3.0, 0.5]], array![[0.0], [1.0]])?;
    /// let network = Network::<f64>::builder(2).dense(2, Identity).build()?;
    /// let evaluation = network.evaluate(&data, &CrossEntropy::default(), &[&Accuracy])?;
    /// println!("loss {:.3}, accuracy {:?}", evaluation.loss, evaluation.metric("accuracy"));
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn evaluate(&self, data: &Dataset<F>, loss: &dyn Loss<F>, metrics: &[&dyn Metric<F>]) -> Result<Evaluation> {
        const OPERATION: &str = "Network::evaluate";
        self.check_data(OPERATION, data, loss)?;
        if metrics.is_empty() && data.len() > self.rows_per_piece() {
            return Ok(Evaluation { loss: self.evaluate_in_pieces(OPERATION, data, loss)?, metrics: Vec::new() });
        }
        let mut outputs = self.predict_all(data.inputs())?;
        let total = loss.total_weight(data.targets(), data.weights());
        let found = loss.mean_value(&outputs, data.targets(), data.weights(), total).widen();
        if !found.is_finite() {
            return Err(Error::LossNotFinite { operation: OPERATION, found });
        }
        if !metrics.is_empty() {
            activate_rows(&mut outputs, loss);
        }
        let weights: Option<Vec<f64>> = data.weights().map(|all| all.iter().map(|weight| weight.widen()).collect());
        let value_of = |metric: &&dyn Metric<F>| {
            let value = metric.value(&outputs, data.targets(), weights.as_deref())?;
            if !value.is_finite() {
                return Err(Error::invalid(OPERATION, format!("a finite {}", metric.name()), value));
            }
            Ok((metric.name(), value))
        };
        Ok(Evaluation { loss: found, metrics: metrics.iter().map(value_of).collect::<Result<_>>()? })
    }

    /// Computes the loss of checked data, some rows at a time, so that their outputs take little memory.
    fn evaluate_in_pieces(&self, operation: &'static str, data: &Dataset<F>, loss: &dyn Loss<F>) -> Result<f64> {
        let rows = self.rows_per_piece();
        let total_weight = loss.total_weight(data.targets(), data.weights());
        let mut sum = Total::<f64>::default();
        let inputs = data.inputs().axis_chunks_iter(Axis(0), rows);
        let targets = data.targets().axis_chunks_iter(Axis(0), rows);
        for (piece, (inputs, targets)) in inputs.zip(targets).enumerate() {
            let outputs = self.predict_all(&inputs)?;
            let weights = data.weights().map(|weights| &weights[piece * rows..][..inputs.nrows()]);
            sum.add(loss.mean_value(&outputs, &targets, weights, total_weight).widen());
        }
        let found = sum.value();
        if found.is_finite() { Ok(found) } else { Err(Error::LossNotFinite { operation, found }) }
    }
}
