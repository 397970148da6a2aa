//! [`Network::evaluate`]: loss and metrics of a data set.

use super::Network;
use super::predict::activate_rows;
use crate::data::{Arrays, Batch, Examples, arrays_of, view, view_targets};
use crate::distributed::{Communicator, agree_among, all_gather_numbers};
use crate::metrics::Metric;
use crate::total::Total;
use crate::{Error, Float, Loss, Result, check};
use ndarray::{Array2, ArrayView2};

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
    pub fn evaluate(
        &self,
        data: &dyn Examples<F>,
        loss: &dyn Loss<F>,
        metrics: &[&dyn Metric<F>],
    ) -> Result<Evaluation> {
        const OPERATION: &str = "Network::evaluate";
        self.check_data(OPERATION, data, loss)?;
        self.evaluate_across(None, OPERATION, data, loss, metrics)
    }

    /// Computes the same of checked data, together with other ranks: each predicts some rows, and all return the same
    /// bits, which are those of one rank.
    pub(crate) fn evaluate_across(
        &self,
        communicator: Option<&dyn Communicator>,
        operation: &'static str,
        data: &dyn Examples<F>,
        loss: &dyn Loss<F>,
        metrics: &[&dyn Metric<F>],
    ) -> Result<Evaluation> {
        if metrics.is_empty() && data.len() > self.rows_per_piece() {
            let loss = self.evaluate_in_pieces(communicator, operation, data, loss)?;
            return Ok(Evaluation { loss, metrics: Vec::new() });
        }
        let mut all = self.predict_examples(communicator, operation, data)?;
        let (targets, weights) = match (communicator, arrays_of(data)) {
            (None, Some(arrays)) => (arrays.targets, arrays.weights),
            _ => (all.targets.view(), all.weights.as_deref()),
        };
        let outcome = self.score(operation, &mut all.outputs, targets, weights, loss, metrics);
        agree_among(communicator, outcome)
    }

    /// Computes loss and metrics of outputs.
    fn score(
        &self,
        operation: &'static str,
        outputs: &mut Array2<F>,
        targets: ArrayView2<'_, F>,
        weights: Option<&[F]>,
        loss: &dyn Loss<F>,
        metrics: &[&dyn Metric<F>],
    ) -> Result<Evaluation> {
        let total = loss.total_weight(&targets, weights);
        let found = loss.mean_value(outputs, &targets, weights, total).widen();
        if !found.is_finite() {
            return Err(Error::LossNotFinite { operation, found });
        }
        if !metrics.is_empty() {
            activate_rows(outputs, loss);
        }
        let weights: Option<Vec<f64>> = weights.map(|all| all.iter().map(|weight| weight.widen()).collect());
        let value_of = |metric: &&dyn Metric<F>| {
            let value = metric.value(outputs, &targets, weights.as_deref())?;
            if !value.is_finite() {
                return Err(Error::invalid(operation, format!("a finite {}", metric.name()), value));
            }
            Ok((metric.name(), value))
        };
        Ok(Evaluation { loss: found, metrics: metrics.iter().map(value_of).collect::<Result<_>>()? })
    }

    /// Computes the loss of checked data, some rows at a time, so that their outputs take little memory.
    fn evaluate_in_pieces(
        &self,
        communicator: Option<&dyn Communicator>,
        operation: &'static str,
        data: &dyn Examples<F>,
        loss: &dyn Loss<F>,
    ) -> Result<f64> {
        let pieces = Pieces { communicator, operation, data, rows: self.rows_per_piece() };
        let total_weight = match arrays_of(data) {
            Some(Arrays { targets, weights, .. }) => loss.total_weight(&targets, weights),
            None => {
                let totals = pieces.each(true, &mut |rows| Ok(loss.total_weight(&rows.targets, rows.weights)))?;
                Total::<F>::of(pieces.gather(&totals)?)
            }
        };
        let losses = pieces.each(false, &mut |rows| {
            let outputs = self.predict_all(&rows.inputs)?;
            Ok(loss.mean_value(&outputs, &rows.targets, rows.weights, total_weight).widen())
        })?;
        let found = Total::<f64>::of(pieces.gather(&losses)?);
        if found.is_finite() { Ok(found) } else { Err(Error::LossNotFinite { operation, found }) }
    }

    /// Predicts the outputs of all rows; returns targets and weights too, unless this rank has them as arrays.
    fn predict_examples(
        &self,
        communicator: Option<&dyn Communicator>,
        operation: &'static str,
        data: &dyn Examples<F>,
    ) -> Result<Predicted<F>> {
        if let (None, Some(arrays)) = (communicator, arrays_of(data)) {
            let outputs = self.predict_all(&arrays.inputs)?;
            return Ok(Predicted { outputs, targets: Array2::zeros((0, data.target_size())), weights: None });
        }
        let pieces = Pieces { communicator, operation, data, rows: self.rows_predicted_at_once() };
        let (mut outputs, mut targets, mut weights) = (Vec::new(), Vec::new(), Vec::new());
        pieces.each(false, &mut |rows| {
            outputs.extend(self.predict_all(&rows.inputs)?);
            targets.extend(rows.targets);
            weights.extend(rows.weights.unwrap_or_default());
            Ok(())
        })?;
        let matrix = |numbers: Vec<F>, columns| {
            let shape = check::addressable::<F>(operation, data.len(), columns)?;
            let found = numbers.len();
            let wrong = |_| Error::invalid(operation, format!("{shape:?} numbers"), found);
            Array2::from_shape_vec(shape, numbers).map_err(wrong)
        };
        Ok(Predicted {
            outputs: matrix(pieces.gather(&outputs)?, self.output_size())?,
            targets: matrix(pieces.gather(&targets)?, data.target_size())?,
            weights: if data.has_weights() { Some(pieces.gather(&weights)?) } else { None },
        })
    }
}

/// Outputs, and the targets and weights that they are compared with.
struct Predicted<F> {
    outputs: Array2<F>,
    targets: Array2<F>,
    weights: Option<Vec<F>>,
}

/// Examples in pieces of consecutive rows, dealt out to the ranks if there are some.
struct Pieces<'a, F: Float> {
    communicator: Option<&'a dyn Communicator>,
    operation: &'static str,
    data: &'a dyn Examples<F>,
    rows: usize,
}

impl<F: Float> Pieces<'_, F> {
    /// Calls `work` with the pieces of this rank, and returns what it returned. An error on one rank is one on all.
    fn each<T>(&self, targets_alone: bool, work: &mut dyn FnMut(Arrays<'_, F>) -> Result<T>) -> Result<Vec<T>> {
        let pieces = self.data.len().div_ceil(self.rows);
        let (rank, size) = self.communicator.map_or((0, 1), |ranks| (ranks.rank(), ranks.size()));
        let own = pieces * rank / size..pieces * (rank + 1) / size;
        let (mut batch, mut results, mut outcome) = (Batch::default(), Vec::new(), Ok(()));
        // Each rank gathers as often as the others, as it takes all of them to gather rows that they hold in parts.
        for turn in 0..pieces.div_ceil(size) {
            let piece = own.start + turn;
            let end = self.data.len();
            let rows =
                if own.contains(&piece) { piece * self.rows..end.min((piece + 1) * self.rows) } else { end..end };
            let is_empty = rows.is_empty();
            let view = if targets_alone { view_targets } else { view };
            let result = view(self.operation, self.data, rows, &mut batch);
            let result = result.and_then(|rows| if is_empty { Ok(None) } else { work(rows).map(Some) });
            match result {
                Ok(result) => results.extend(result),
                Err(problem) if outcome.is_ok() => outcome = Err(problem),
                Err(_) => {}
            }
        }
        agree_among(self.communicator, outcome.map(|()| results))
    }

    /// Returns the numbers of all ranks, one after another.
    fn gather<T: Float>(&self, own: &[T]) -> Result<Vec<T>> {
        match self.communicator {
            None => Ok(own.to_vec()),
            Some(communicator) => all_gather_numbers(communicator, own),
        }
    }
}
