//! From steps to layers.

use super::graph::Graph;
use super::piece::{Piece, Shifts};
use super::shape::Sizes;
use super::step::{Located, Step};
use crate::data::invalid_data;
use crate::io::{Tensor, convert, in_content};
use crate::kernel::all_finite;
use crate::layer::{BatchNorm, BatchNormOptions, LayerNorm};
use crate::{AnyActivation, Chain, Float, Identity, Residual, Result};
use ndarray::{Array1, Array2, array};
use std::io;

/// Makes the layers of the steps that lead from the input of the graph to an output.
pub(super) fn build<F: Float>(graph: &Graph, steps: Vec<Located>) -> io::Result<Vec<Piece<F>>> {
    let mut builder = Builder { graph, pieces: Vec::new(), sizes: input_sizes(graph, &steps)? };
    builder.add_all(steps)?;
    Ok(builder.into_pieces())
}

/// Returns the sizes of the input: those that the file states, or those that the first parameters need.
fn input_sizes(graph: &Graph, steps: &[Located]) -> io::Result<Sizes> {
    let open = [None, None];
    let sizes = graph.input.sizes.as_deref().unwrap_or(&open);
    let Some((&batch, row)) = sizes.split_first().filter(|(_, row)| !row.is_empty() && row.len() < 8) else {
        let expected = "expected an input of two axes or more, the batch and the columns";
        return Err(invalid_data(format!("{expected}, found one of {}", sizes.len())));
    };
    let row = match row {
        [None] => {
            let unknown = || invalid_data("expected an input with a fixed number of columns, found one without");
            vec![steps.iter().find_map(needed_columns).ok_or_else(unknown)?]
        }
        _ => row.iter().copied().collect::<Option<_>>().ok_or_else(|| {
            invalid_data(format!("expected an input whose sizes are fixed except for the batch, found {sizes:?}"))
        })?,
    };
    if row.iter().try_fold(1_usize, |product, &size| product.checked_mul(size)).is_none() {
        return Err(invalid_data(format!("expected a row that fits in memory, found one of sizes {row:?}")));
    }
    Ok(Sizes { batch, row })
}

/// Returns how many columns a step needs, if its parameters tell.
fn needed_columns(located: &Located) -> Option<usize> {
    let length = |tensor: &Tensor| tensor.shape().last().copied().filter(|&length| length > 1);
    match &located.step {
        Step::Multiply { weight, is_transposed, .. } => weight.shape().get(usize::from(*is_transposed)).copied(),
        Step::Add { constant, .. } | Step::Scale(constant) | Step::Divide(constant) => length(constant),
        Step::BatchNorm { parameters: [gamma, ..], .. } => gamma.shape().last().copied(),
        Step::LayerNorm { gamma, .. } => gamma.as_ref().and_then(length),
        Step::Residual(steps) => steps.iter().find_map(needed_columns),
        Step::TwoClasses => Some(1),
        _ => None,
    }
}

struct Builder<'g, F: Float> {
    graph: &'g Graph,
    pieces: Vec<Piece<F>>,
    sizes: Sizes,
}

impl<F: Float> Builder<'_, F> {
    fn add_all(&mut self, steps: Vec<Located>) -> io::Result<()> {
        for Located { node, step } in steps {
            let at_node = |error: io::Error| match self.graph.nodes.get(node) {
                Some(node) => node.fault(error),
                None => error,
            };
            self.add(step).map_err(at_node)?;
        }
        Ok(())
    }

    /// Returns the pieces, at least one.
    fn into_pieces(mut self) -> Vec<Piece<F>> {
        if self.pieces.is_empty() {
            self.pieces.push(Piece::Activation { size: self.sizes.features(), activation: Identity.into() });
        }
        self.pieces
    }

    fn add(&mut self, step: Step) -> io::Result<()> {
        if self.sizes.change(&step)? {
            return Ok(());
        }
        let size = self.sizes.features();
        match step {
            Step::Multiply { weight, is_transposed, alpha } => self.multiply(weight, is_transposed, alpha)?,
            Step::Add { constant, sign } => {
                let numbers = self.broadcast(&constant)?.into_iter().map(|number| sign * number).collect();
                self.shift(numbers)?;
            }
            Step::Scale(constant) => self.scale(&constant, false)?,
            Step::Divide(constant) => self.scale(&constant, true)?,
            Step::Activation(activation) => self.activate(activation),
            Step::BatchNorm { parameters, epsilon } => {
                self.sizes.demand_flat()?;
                let [gamma, beta, mean, variance] = parameters.map(|parameter| self.parameter(&parameter));
                let options = BatchNormOptions::default().epsilon(epsilon);
                let layer = BatchNorm::from_parameters(gamma?, beta?, mean?, variance?, options);
                self.pieces.push(Piece::Whole(Box::new(layer.map_err(in_content)?)));
            }
            Step::LayerNorm { gamma, beta, epsilon, axis } => {
                self.sizes.demand_row_axis(axis, true)?;
                let gamma = gamma.map_or_else(|| self.repeated(1.0), |gamma| self.parameter(&gamma))?;
                let beta = beta.map_or_else(|| self.repeated(0.0), |beta| self.parameter(&beta))?;
                let layer = LayerNorm::from_parameters(gamma, beta, epsilon);
                self.pieces.push(Piece::Whole(Box::new(layer.map_err(in_content)?)));
            }
            Step::Softmax { axis, is_logarithm, is_flattening } => {
                self.sizes.demand_row_axis(axis, is_flattening)?;
                self.pieces.push(Piece::Softmax { size, is_logarithm });
            }
            Step::Residual(steps) => self.residual(steps)?,
            Step::TwoClasses => {
                if self.sizes.row != [1] {
                    return Err(invalid_data(format!("expected one score, found rows of sizes {:?}", self.sizes.row)));
                }
                self.pieces.extend([logits_of_two(), Piece::Softmax { size: 2, is_logarithm: false }]);
                self.sizes.row = vec![2];
            }
            // Changes of sizes, which were handled above.
            Step::Flatten(_) | Step::Reshape(_) | Step::Squeeze(_) | Step::Unsqueeze(_) => {}
        }
        Ok(())
    }

    fn multiply(&mut self, weight: Tensor, is_transposed: bool, alpha: f64) -> io::Result<()> {
        self.sizes.demand_flat()?;
        let &[rows, columns] = weight.shape() else {
            return Err(invalid_data(format!("expected a weight of two axes, found the shape {:?}", weight.shape())));
        };
        let mut numbers = weight.into_vec::<F>().map_err(in_content)?;
        check_finite(&numbers)?;
        if alpha != 1.0 {
            numbers
                .iter_mut()
                .try_for_each(|number| convert(alpha * number.widen()).map(|product| *number = product))
                .map_err(in_content)?;
        }
        let matrix =
            Array2::from_shape_vec((rows, columns), numbers).map_err(|error| invalid_data(error.to_string()))?;
        let weight = if is_transposed { matrix.reversed_axes() } else { matrix };
        if weight.nrows() != self.sizes.features() {
            let (expected, found) = (self.sizes.features(), weight.nrows());
            return Err(invalid_data(format!("expected a weight for {expected} inputs, found one for {found}")));
        }
        self.sizes.row = vec![weight.ncols()];
        self.pieces.push(Piece::Dense { weight, bias: None, activation: None });
        Ok(())
    }

    /// Adds numbers: as a bias behind a weight, else as a layer or a part of one.
    fn shift(&mut self, numbers: Vec<f64>) -> io::Result<()> {
        check_finite(&numbers)?;
        if let Some(Piece::Dense { bias: bias @ None, activation: None, .. }) = self.pieces.last_mut() {
            let numbers: Result<Vec<F>> = numbers.into_iter().map(convert).collect();
            *bias = Some(numbers.map_err(in_content)?.into());
            return Ok(());
        }
        self.join(numbers, |shifts, numbers| shifts.add(numbers))
    }

    fn scale(&mut self, constant: &Tensor, is_divisor: bool) -> io::Result<()> {
        let numbers = self.broadcast(constant)?;
        check_finite(&numbers)?;
        if is_divisor && numbers.contains(&0.0) {
            return Err(invalid_data("expected divisors that are not zero, found 0"));
        }
        self.join(numbers, |shifts, numbers| shifts.scale(numbers, is_divisor))
    }

    /// Lets the last shift take the numbers, or a new one.
    fn join(&mut self, numbers: Vec<f64>, take: impl Fn(&mut Shifts, Vec<f64>) -> Option<Vec<f64>>) -> io::Result<()> {
        let left = match self.pieces.last_mut() {
            Some(Piece::Affine(shifts)) => take(shifts, numbers),
            _ => Some(numbers),
        };
        if let Some(numbers) = left {
            // A layer of its own has three numbers for each.
            self.graph.take_numbers(numbers.len().saturating_mul(3))?;
            let mut shifts = Shifts::new(numbers.len());
            take(&mut shifts, numbers);
            self.pieces.push(Piece::Affine(shifts));
        }
        Ok(())
    }

    fn activate(&mut self, new: AnyActivation) {
        match self.pieces.last_mut() {
            _ if new == AnyActivation::from(Identity) => {}
            Some(Piece::Dense { activation: activation @ None, .. }) => *activation = Some(new),
            _ => self.pieces.push(Piece::Activation { size: self.sizes.features(), activation: new }),
        }
    }

    fn residual(&mut self, steps: Vec<Located>) -> io::Result<()> {
        let mut inner = Builder { graph: self.graph, pieces: Vec::new(), sizes: self.sizes.clone() };
        inner.add_all(steps)?;
        if inner.sizes.row != self.sizes.row {
            let (expected, found) = (&self.sizes.row, &inner.sizes.row);
            return Err(invalid_data(format!("expected a shortcut over rows of sizes {expected:?}, found {found:?}")));
        }
        let layers: Result<Vec<_>> = inner.into_pieces().into_iter().map(Piece::into_layer).collect();
        let layer = layers.and_then(Chain::new).and_then(Residual::new).map_err(in_content)?;
        self.pieces.push(Piece::Whole(Box::new(layer)));
        Ok(())
    }

    /// Returns a parameter with a number for each feature.
    fn parameter(&self, parameter: &Tensor) -> io::Result<Array1<F>> {
        if parameter.shape().len() == 1 || parameter.shape() == self.sizes.row {
            let numbers = parameter.to_vec().map_err(in_content)?;
            if numbers.len() == self.sizes.features() {
                return Ok(Array1::from_vec(numbers));
            }
        }
        let (expected, found) = (self.sizes.features(), parameter.shape());
        Err(invalid_data(format!("expected a parameter of {expected} numbers, found one of shape {found:?}")))
    }

    fn repeated(&self, number: f64) -> io::Result<Array1<F>> {
        self.graph.take_numbers(self.sizes.features())?;
        Ok(Array1::from_elem(self.sizes.features(), F::from_f64(number)))
    }

    /// Returns a number for each feature: those of a vector or of a matrix of one row, or the same one for all.
    fn broadcast(&self, constant: &Tensor) -> io::Result<Vec<f64>> {
        let numbers = constant.to_vec::<f64>().map_err(in_content)?;
        let features = self.sizes.features();
        let is_row = matches!(constant.shape(), [_] | [1, _]) && self.sizes.row.len() == 1;
        match numbers[..] {
            [number] if constant.shape().len() <= self.sizes.row.len() + 1 => {
                self.graph.take_numbers(features)?;
                Ok(vec![number; features])
            }
            _ if is_row && numbers.len() == features => Ok(numbers),
            _ => {
                let (row, found) = (&self.sizes.row, constant.shape());
                let expected = format!("expected one number, or one for each feature of rows of sizes {row:?}");
                Err(invalid_data(format!("{expected}, found a constant of shape {found:?}")))
            }
        }
    }
}

/// The layer from a score z of the second of two classes to logits: 0 and z.
pub(super) fn logits_of_two<F: Float>() -> Piece<F> {
    Piece::Dense { weight: array![[F::zero(), F::one()]], bias: None, activation: None }
}

fn check_finite<F: Float>(numbers: &[F]) -> io::Result<()> {
    if all_finite(numbers) {
        return Ok(());
    }
    let found = numbers.iter().find(|number| !number.is_finite()).map_or(f64::NAN, |number| number.widen());
    Err(invalid_data(format!("expected finite numbers, found {found}")))
}
