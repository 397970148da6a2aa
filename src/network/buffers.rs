//! The matrices a network trains in: one output and one gradient for each layer, grown to the largest batch seen.

use crate::{Float, Layer};
use ndarray::{ArrayRef2, ArrayView2, ArrayViewMut2};

/// Memory for matrices of as many rows as were ever asked for.
#[derive(Debug, Clone)]
pub(super) struct Buffer<F> {
    values: Vec<F>,
    columns: usize,
}

impl<F> Default for Buffer<F> {
    fn default() -> Self {
        Self { values: Vec::new(), columns: 0 }
    }
}

impl<F: Float> Buffer<F> {
    /// Makes room for `rows` rows of `columns` numbers.
    pub(super) fn grow(&mut self, rows: usize, columns: usize) {
        self.columns = columns;
        if self.values.len() < rows * columns {
            // First gives back what there is, so that there are never two.
            self.values = Vec::new();
            self.values = vec![F::zero(); rows * columns];
        }
    }

    /// The first rows.
    pub(super) fn top(&self, rows: usize) -> ArrayView2<'_, F> {
        let values = &self.values[..rows * self.columns];
        ArrayView2::from_shape((rows, self.columns), values)
            .unwrap_or_else(|_| unreachable!("as many as the shape has"))
    }

    /// The first rows, to be written.
    pub(super) fn top_mut(&mut self, rows: usize) -> ArrayViewMut2<'_, F> {
        let (shape, values) = ((rows, self.columns), &mut self.values[..rows * self.columns]);
        ArrayViewMut2::from_shape(shape, values).unwrap_or_else(|_| unreachable!("as many as the shape has"))
    }

    /// Numbers of columns.
    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    /// A copy of the matrix, in standard layout.
    pub(super) fn copy(&mut self, matrix: &ArrayRef2<F>) -> ArrayView2<'_, F> {
        self.grow(matrix.nrows(), matrix.ncols());
        self.top_mut(matrix.nrows()).assign(matrix);
        self.top(matrix.nrows())
    }

    /// The matrix itself, or a copy of it in standard layout.
    pub(super) fn standard<'a>(&'a mut self, matrix: &'a ArrayRef2<F>) -> ArrayView2<'a, F> {
        if matrix.is_standard_layout() { matrix.view() } else { self.copy(matrix) }
    }
}

#[derive(Debug)]
pub(super) struct Buffers<F> {
    pub(super) passes: Passes<F>,
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

impl<F: Float> Default for Buffers<F> {
    fn default() -> Self {
        let [inputs, targets, input_gradient] = std::array::from_fn(|_| Buffer::default());
        let passes = Passes { rows: 0, outputs: Vec::new(), gradients: Vec::new() };
        Self { passes, inputs, targets, weights: Vec::new(), input_gradient, rows: 0 }
    }
}

impl<F: Float> Passes<F> {
    /// Makes room for this many rows.
    pub(super) fn reserve(&mut self, layers: &[Box<dyn Layer<F>>], rows: usize) {
        self.rows = rows;
        self.outputs.resize_with(layers.len(), Buffer::default);
        self.gradients.resize_with(layers.len(), Buffer::default);
        for (layer, buffer) in layers.iter().zip(self.outputs.iter_mut().zip(&mut self.gradients)) {
            let columns = layer.output_size();
            buffer.0.grow(rows, columns);
            buffer.1.grow(rows, columns);
        }
    }

    pub(super) fn forward(&mut self, layers: &mut [Box<dyn Layer<F>>], inputs: &ArrayRef2<F>) {
        for (index, layer) in layers.iter_mut().enumerate() {
            let (before, here) = self.outputs.split_at_mut(index);
            let mut output = here[0].top_mut(self.rows);
            match before.last() {
                Some(input) => layer.forward(&input.top(self.rows), &mut output),
                None => layer.forward(inputs, &mut output),
            }
        }
    }

    /// The outputs of a layer, if anything has passed.
    pub(super) fn output(&self, layer: usize) -> Option<ArrayView2<'_, F>> {
        self.outputs.get(layer).filter(|_| self.rows > 0).map(|output| output.top(self.rows))
    }

    /// The outputs of the last layer.
    pub(super) fn outputs(&self) -> ArrayView2<'_, F> {
        self.outputs[self.outputs.len() - 1].top(self.rows)
    }

    /// The outputs of the last layer, and the place for the gradient of the loss with respect to them.
    pub(super) fn ends(&mut self) -> (ArrayView2<'_, F>, ArrayViewMut2<'_, F>) {
        let last = self.outputs.len() - 1;
        (self.outputs[last].top(self.rows), self.gradients[last].top_mut(self.rows))
    }

    pub(super) fn backward(
        &mut self,
        layers: &mut [Box<dyn Layer<F>>],
        inputs: &ArrayRef2<F>,
        mut input_gradient: Option<&mut ArrayRef2<F>>,
    ) {
        for (index, layer) in layers.iter_mut().enumerate().rev() {
            let output = self.outputs[index].top(self.rows);
            let (before, here) = self.gradients.split_at_mut(index);
            let mut gradient = here[0].top_mut(self.rows);
            match before.last_mut() {
                Some(below) => {
                    let (input, mut below) = (self.outputs[index - 1].top(self.rows), below.top_mut(self.rows));
                    layer.backward(&input, &output, &mut gradient, Some(&mut below));
                }
                None => layer.backward(inputs, &output, &mut gradient, input_gradient.take()),
            }
        }
    }
}
