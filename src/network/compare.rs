//! Comparing networks: equal, or nearly equal, when their layers are.

use super::Network;
use crate::{Float, Layer, Parameter};
use approx::{AbsDiffEq, RelativeEq};

/// Compares layers and parameters: equal when kinds, settings and values are.
impl<F: Float> PartialEq for Network<F> {
    fn eq(&self, other: &Self) -> bool {
        matches(self, other, |a, b| a == b)
    }
}

/// Compares parameter by parameter, within an absolute tolerance.
///
/// ```
/// use approx::assert_abs_diff_eq;
/// use feedforward::{Identity, Network};
///
/// let network = Network::<f64>::builder(4).dense(3, Identity).build()?;
/// let mut moved = network.clone();
/// moved.parameters_mut().for_each(|parameter| parameter.value_mut().mapv_inplace(|value| value + 1e-9));
/// assert_abs_diff_eq!(network, moved, epsilon = 1e-8);
/// assert_ne!(network, moved);
/// # Ok::<(), feedforward::Error>(())
/// ```
impl<F: Float> AbsDiffEq for Network<F> {
    type Epsilon = F;

    fn default_epsilon() -> F {
        F::default_epsilon()
    }

    fn abs_diff_eq(&self, other: &Self, epsilon: F) -> bool {
        matches(self, other, |a, b| a.abs_diff_eq(b, epsilon))
    }
}

/// Compares parameter by parameter, within a tolerance relative to their size.
impl<F: Float> RelativeEq for Network<F> {
    fn default_max_relative() -> F {
        F::default_max_relative()
    }

    fn relative_eq(&self, other: &Self, epsilon: F, max_relative: F) -> bool {
        matches(self, other, |a, b| a.relative_eq(b, epsilon, max_relative))
    }
}

/// Returns whether both have the same layers with the same settings, and parameters of the same kinds and shapes.
pub(super) fn have_same_layers<F: Float>(a: &Network<F>, b: &Network<F>) -> bool {
    let kind = |parameter: &Parameter<F>| (parameter.name(), parameter.role(), parameter.value().dim());
    matches(a, b, |a, b| kind(a) == kind(b))
}

fn matches<F: Float>(a: &Network<F>, b: &Network<F>, same: impl Fn(&Parameter<F>, &Parameter<F>) -> bool) -> bool {
    let layers_match = |a: &dyn Layer<F>, b: &dyn Layer<F>| {
        let sizes = (a.input_size(), a.output_size()) == (b.input_size(), b.output_size());
        let (ours, theirs) = (a.parameters(), b.parameters());
        let parameters = ours.len() == theirs.len() && ours.into_iter().zip(theirs).all(|(a, b)| same(a, b));
        sizes && parameters && a.describe() == b.describe()
    };
    let (ours, theirs) = (a.layers(), b.layers());
    ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(a, b)| layers_match(&**a, &**b))
}
