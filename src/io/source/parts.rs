//! What a program needs beside its steps: functions, helpers, and the words around it.

use super::functions::Function;
use super::number::is_double;
use super::program::{Operation, Program};
use super::translate::with_dependencies;
use crate::Float;
use crate::io::Model;

/// Functions and helpers that the steps of a program use.
pub(super) struct Parts {
    /// In the precision of the network.
    own: Vec<&'static Function>,
    /// In double precision, for a network in single precision.
    double: Vec<&'static Function>,
    pub(super) dot: bool,
    pub(super) softmax: bool,
    pub(super) log_softmax: bool,
    pub(super) layer_norm: bool,
}

impl Parts {
    pub(super) fn new<F: Float>(program: &Program<F>, has_labels: bool) -> Self {
        let uses = |wanted: fn(&Operation<F>) -> bool| program.steps.iter().any(|step| wanted(&step.operation));
        let softmax = has_labels || uses(|operation| matches!(operation, Operation::Softmax));
        let log_softmax = uses(|operation| matches!(operation, Operation::LogSoftmax));
        let layer_norm = uses(|operation| matches!(operation, Operation::LayerNorm { .. }));
        let names =
            |is_double| program.calls().filter(move |call| call.is_double == is_double).map(|call| call.function);
        let mut own: Vec<_> = names(false).collect();
        let mut double: Vec<_> = names(true).collect();
        if softmax {
            own.push("exp");
        }
        if log_softmax {
            double.extend(["exp", "ln_1p"]);
        }
        if layer_norm {
            double.push("inverse_root");
        }
        if is_double::<F>() {
            own.append(&mut double);
        }
        let dot = program.steps.iter().any(|step| step.is_narrow());
        let (own, double) = (with_dependencies(own), with_dependencies(double));
        Self { own, double, dot, softmax, log_softmax, layer_norm }
    }

    /// Returns the functions, and whether each is one of double precision in a network of single precision.
    pub(super) fn functions(&self) -> impl Iterator<Item = (&'static Function, bool)> {
        let own = self.own.iter().map(|function| (*function, false));
        own.chain(self.double.iter().map(|function| (*function, true)))
    }

    /// Returns whether there are functions of double precision in a network of single precision.
    pub(super) fn needs_double(&self) -> bool {
        !self.double.is_empty()
    }
}

/// The words of a model.
pub(super) struct Text {
    /// A line for the inputs and for each layer.
    pub(super) layers: Vec<String>,
    pub(super) labels: Option<Vec<String>>,
    pub(super) column_names: Option<Vec<String>>,
}

impl Text {
    pub(super) fn new<F: Float>(model: &Model<'_, F>) -> Self {
        let mut layers = vec![format!("{} inputs", model.network.input_size())];
        let lines = model.network.layers().iter();
        layers.extend(lines.map(|layer| format!("{}, {} outputs", layer.describe(), layer.output_size())));
        let column_names = model.column_names.as_ref().map(|names| names.to_vec());
        Self { layers, labels: model.labels.clone(), column_names }
    }
}
