//! The matrices a network trains in: one output and one gradient for each layer, grown to the largest batch seen.

use super::shards::Shards;
use crate::{Float, Layer};
use ndarray::{Array2, ArrayRef2, ArrayView2};

/// A matrix whose memory is kept for the next one.
#[derive(Debug, Clone)]
pub(super) struct Buffer<F> {
    matrix: Array2<F>,
}

impl<F: Float> Default for Buffer<F> {
    fn default() -> Self {
        Self { matrix: Array2::zeros((0, 0)) }
    }
}

impl<F: Float> Buffer<F> {
    /// Becomes a matrix of this shape, in standard layout, holding whatever was there; asks for memory only when there were
    /// never as many numbers before.
    pub(super) fn fit(&mut self, rows: usize, columns: usize) -> &mut Array2<F> {
        if self.matrix.dim() != (rows, columns) {
            let (mut values, _) = std::mem::take(&mut self.matrix).into_raw_vec_and_offset();
            if values.capacity() < rows * columns {
                // First gives back what there is, so that there are never two.
                values = Vec::new();
            }
            values.resize(rows * columns, F::zero());
            self.matrix = Array2::from_shape_vec((rows, columns), values)
                .unwrap_or_else(|_| unreachable!("as many numbers as the shape has"));
        }
        &mut self.matrix
    }

    /// The matrix.
    pub(super) fn matrix(&self) -> &Array2<F> {
        &self.matrix
    }

    /// Becomes a copy of a matrix.
    pub(super) fn copy(&mut self, matrix: &ArrayRef2<F>) -> &Array2<F> {
        self.fit(matrix.nrows(), matrix.ncols()).assign(matrix);
        &self.matrix
    }

    /// A matrix itself, or a copy of it in standard layout.
    pub(super) fn standard<'a>(&'a mut self, matrix: &'a ArrayRef2<F>) -> ArrayView2<'a, F> {
        if matrix.is_standard_layout() { matrix.view() } else { self.copy(matrix).view() }
    }
}

#[derive(Debug)]
pub(super) struct Buffers<F> {
    pub(super) passes: Passes<F>,
    pub(super) shards: Shards<F>,
    /// The inputs of the last `forward`, and of a step whose inputs are in another layout than ours.
    pub(super) inputs: Buffer<F>,
    pub(super) targets: Buffer<F>,
    pub(super) weights: Vec<F>,
    pub(super) input_gradient: Buffer<F>,
    /// Rows of the last `forward` that a `backward` may follow; 0 for none.
    pub(super) rows: usize,
}

/// What passes through the layers, there and back.
#[derive(Debug)]
pub(super) struct Passes<F> {
    rows: usize,
    outputs: Vec<Buffer<F>>,
    gradients: Vec<Buffer<F>>,
}

impl<F> Default for Passes<F> {
    fn default() -> Self {
        Self { rows: 0, outputs: Vec::new(), gradients: Vec::new() }
    }
}

impl<F: Float> Default for Buffers<F> {
    fn default() -> Self {
        let [inputs, targets, input_gradient] = std::array::from_fn(|_| Buffer::default());
        let (passes, shards) = (Passes::default(), Shards::default());
        Self { passes, shards, inputs, targets, weights: Vec::new(), input_gradient, rows: 0 }
    }
}

impl<F: Float> Passes<F> {
    /// Makes room for this many rows.
    pub(super) fn reserve(&mut self, layers: &[Box<dyn Layer<F>>], rows: usize) {
        if self.rows == rows && self.outputs.len() == layers.len() {
            return;
        }
        self.rows = rows;
        self.outputs.resize_with(layers.len(), Buffer::default);
        self.gradients.resize_with(layers.len(), Buffer::default);
        for (layer, (output, gradient)) in layers.iter().zip(self.outputs.iter_mut().zip(&mut self.gradients)) {
            let columns = layer.output_size();
            output.fit(rows, columns);
            gradient.fit(rows, columns);
        }
    }

    /// Rows there is room for.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Through the layers: each is to write the last matrix, given its index and its input.
    pub(super) fn forward(
        &mut self,
        inputs: &ArrayRef2<F>,
        mut layer: impl FnMut(usize, &ArrayRef2<F>, &mut ArrayRef2<F>),
    ) {
        let mut input = inputs;
        for (index, output) in self.outputs.iter_mut().enumerate() {
            layer(index, input, &mut output.matrix);
            input = &output.matrix;
        }
    }

    /// The outputs of a layer, if anything has passed.
    pub(super) fn output(&self, layer: usize) -> Option<&Array2<F>> {
        self.outputs.get(layer).filter(|_| self.rows > 0).map(Buffer::matrix)
    }

    /// The outputs of the last layer, and the place for the gradient of the loss with respect to them.
    pub(super) fn ends(&mut self) -> (&Array2<F>, &mut Array2<F>) {
        let last = self.outputs.len() - 1;
        (&self.outputs[last].matrix, &mut self.gradients[last].matrix)
    }

    /// Back through the layers: each is given its index and what [`Layer::backward`] takes.
    pub(super) fn backward(
        &mut self,
        inputs: &ArrayRef2<F>,
        mut input_gradient: Option<&mut ArrayRef2<F>>,
        mut layer: impl FnMut(usize, &ArrayRef2<F>, &ArrayRef2<F>, &mut ArrayRef2<F>, Option<&mut ArrayRef2<F>>),
    ) {
        for index in (0..self.outputs.len()).rev() {
            let output = &self.outputs[index].matrix;
            let (before, here) = self.gradients.split_at_mut(index);
            let gradient = &mut here[0].matrix;
            match before.last_mut() {
                Some(below) => {
                    let input = &self.outputs[index - 1].matrix;
                    layer(index, input, output, gradient, Some(&mut below.matrix));
                }
                None => layer(index, inputs, output, gradient, input_gradient.take()),
            }
        }
    }
}
