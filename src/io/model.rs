//! [`Model`]: a network with what prepares its inputs and reads its outputs.

use crate::data::StandardScaler;
use crate::{Float, Network};
use std::borrow::Cow;

/// A network with what prepares its inputs and reads its outputs: what every format writes and reads.
///
/// A bare network has nothing but itself; a classifier has labels; a regressor has a scaler of its outputs.
#[derive(Debug, Clone)]
pub(crate) struct Model<'a, F: Float> {
    pub(crate) network: Cow<'a, Network<F>>,
    /// Scales the inputs before the network sees them.
    pub(crate) input_scaler: Option<Cow<'a, StandardScaler<F>>>,
    /// The network's outputs are scaled by this; its inverse gives the numbers that are predicted.
    pub(crate) output_scaler: Option<Cow<'a, StandardScaler<F>>>,
    /// The label of each output, if the outputs are logits of classes.
    pub(crate) labels: Option<Vec<String>>,
    /// The name of each input.
    pub(crate) column_names: Option<Cow<'a, [String]>>,
}

impl<'a, F: Float> Model<'a, F> {
    /// Makes a model of a network alone.
    pub(crate) fn of_network(network: Cow<'a, Network<F>>) -> Self {
        Self { network, input_scaler: None, output_scaler: None, labels: None, column_names: None }
    }
}
