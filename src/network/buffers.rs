//! The matrices a network trains in: one output and one gradient for each layer, grown to the largest batch seen.

use crate::{Float, Layer};
use ndarray::{Array2, ArrayRef2, ArrayView2, ArrayViewMut2, s};

#[derive(Debug)]
pub(super) struct Buffers<F> {
    pub(super) passes: Passes<F>,
    /// The inputs of the last `forward`, and of a step whose inputs are in another layout than ours.
    pub(super) inputs: Array2<F>,
    pub(super) targets: Array2<F>,
    pub(super) weights: Vec<F>,
    pub(super) input_gradient: Array2<F>,
    /// Rows of the last `forward` that a `backward` may follow; 0 for none.
    pub(super) rows: usize,
}

/// What passes through the layers, there and back.
#[derive(Debug)]
pub(super) struct Passes<F> {
    rows: usize,
    outputs: Vec<Array2<F>>,
    gradients: Vec<Array2<F>>,
}

impl<F: Float> Default for Buffers<F> {
    fn default() -> Self {
        let empty = || Array2::default((0, 0));
        let passes = Passes { rows: 0, outputs: Vec::new(), gradients: Vec::new() };
        Self { passes, inputs: empty(), targets: empty(), weights: Vec::new(), input_gradient: empty(), rows: 0 }
    }
}

impl<F: Float> Passes<F> {
    /// Makes room for this many rows.
    pub(super) fn reserve(&mut self, layers: &[Box<dyn Layer<F>>], rows: usize) {
        self.rows = rows;
        self.outputs.resize_with(layers.len(), || Array2::default((0, 0)));
        self.gradients.resize_with(layers.len(), || Array2::default((0, 0)));
        for (layer, buffer) in layers.iter().zip(self.outputs.iter_mut().zip(&mut self.gradients)) {
            grow(buffer.0, rows, layer.output_size());
            grow(buffer.1, rows, layer.output_size());
        }
    }

    pub(super) fn forward(&mut self, layers: &mut [Box<dyn Layer<F>>], inputs: &ArrayRef2<F>) {
        for (index, layer) in layers.iter_mut().enumerate() {
            let (before, here) = self.outputs.split_at_mut(index);
            let mut output = top_mut(&mut here[0], self.rows);
            match before.last() {
                Some(input) => layer.forward(&top(input, self.rows), &mut output),
                None => layer.forward(inputs, &mut output),
            }
        }
    }

    /// The outputs of a layer, if anything has passed.
    pub(super) fn output(&self, layer: usize) -> Option<ArrayView2<'_, F>> {
        self.outputs.get(layer).filter(|_| self.rows > 0).map(|output| top(output, self.rows))
    }

    /// The outputs of the last layer.
    pub(super) fn outputs(&self) -> ArrayView2<'_, F> {
        top(&self.outputs[self.outputs.len() - 1], self.rows)
    }

    /// The outputs of the last layer, and the place for the gradient of the loss with respect to them.
    pub(super) fn ends(&mut self) -> (ArrayView2<'_, F>, ArrayViewMut2<'_, F>) {
        let last = self.outputs.len() - 1;
        (top(&self.outputs[last], self.rows), top_mut(&mut self.gradients[last], self.rows))
    }

    pub(super) fn backward(
        &mut self,
        layers: &mut [Box<dyn Layer<F>>],
        inputs: &ArrayRef2<F>,
        mut input_gradient: Option<&mut ArrayRef2<F>>,
    ) {
        for (index, layer) in layers.iter_mut().enumerate().rev() {
            let output = top(&self.outputs[index], self.rows);
            let (before, here) = self.gradients.split_at_mut(index);
            let mut gradient = top_mut(&mut here[0], self.rows);
            match before.last_mut() {
                Some(below) => {
                    let (input, mut below) = (top(&self.outputs[index - 1], self.rows), top_mut(below, self.rows));
                    layer.backward(&input, &output, &mut gradient, Some(&mut below));
                }
                None => layer.backward(inputs, &output, &mut gradient, input_gradient.take()),
            }
        }
    }
}

/// Makes room for `rows` rows of `columns` numbers.
pub(super) fn grow<F: Float>(buffer: &mut Array2<F>, rows: usize, columns: usize) {
    if buffer.nrows() < rows || buffer.ncols() != columns {
        *buffer = Array2::default((0, 0));
        *buffer = Array2::zeros((rows, columns));
    }
}

/// The first rows of a buffer.
pub(super) fn top<F>(buffer: &Array2<F>, rows: usize) -> ArrayView2<'_, F> {
    buffer.slice(s![..rows, ..])
}

/// The first rows of a buffer, to be written.
pub(super) fn top_mut<F>(buffer: &mut Array2<F>, rows: usize) -> ArrayViewMut2<'_, F> {
    buffer.slice_mut(s![..rows, ..])
}

/// The matrix itself, or a copy of it in standard layout.
pub(super) fn standard<'a, F: Float>(matrix: &'a ArrayRef2<F>, copy: &'a mut Array2<F>) -> ArrayView2<'a, F> {
    if matrix.is_standard_layout() {
        return matrix.view();
    }
    grow(copy, matrix.nrows(), matrix.ncols());
    top_mut(copy, matrix.nrows()).assign(matrix);
    top(copy, matrix.nrows())
}
