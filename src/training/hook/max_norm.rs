//! [`MaxNorm`]: limits the length of each neuron's weights.

use super::{Hook, for_each_weight};
use crate::{Float, Network, Result, check};

/// Shortens the weights that run_in_pool each neuron to at most this norm, after each update. Srivastava et al. 2014.
///
/// ```
/// use feedforward::training::hook::{Hook, MaxNorm};
/// use feedforward::{Identity, Network};
///
/// let mut network = Network::<f64>::builder(1).dense_without_bias(1, Identity).build()?;
/// network.parameters_mut().for_each(|parameter| parameter.value_mut().fill(8.0));
/// MaxNorm::new(2.0)?.after_update(&mut network);
/// assert!(network.parameters().all(|parameter| parameter.values() == [2.0]));
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct MaxNorm {
    largest: f64,
}

impl MaxNorm {
    /// Makes the hook that limits the norm to at most `largest` (3 to 4 is usual).
    ///
    /// # Errors
    /// When it is not finite and above zero.
    pub fn new(largest: f64) -> Result<Self> {
        Ok(Self { largest: check::finite_above_zero("MaxNorm", "largest norm", largest)? })
    }
}

impl<F: Float> Hook<F> for MaxNorm {
    fn after_update(&mut self, network: &mut Network<F>) {
        for_each_weight(network, |parameter| {
            for mut column in parameter.value_mut().columns_mut() {
                let norm = column.iter().map(|w| w.widen() * w.widen()).sum::<f64>().sqrt();
                if norm > self.largest {
                    let factor = F::from_f64(self.largest / norm);
                    column.mapv_inplace(|w| w * factor);
                }
            }
        });
    }
}
