//! The state dict of a network.

use super::StateDict;
use super::slots::{Kind, Slot, slots};
use crate::io::{Tensor, Values};
use crate::{Error, Float, Network, Result};

impl<F: Float> Network<F> {
    /// Returns all parameters under the names that they have in a `torch.nn.Sequential` of the same layers.
    ///
    /// A [`Dense`](crate::Dense) layer with an activation is two modules there, `Linear` and the activation; one with
    /// [`Identity`](crate::Identity) is a `Linear` alone. Every other layer is one module; a
    /// [`Residual`](crate::layer::Residual) is a `Sequential` within it, so that its first weight is called
    /// "2.0.weight" if it is the module 2. Weights are transposed to PyTorch's `(outputs, inputs)`. A
    /// [`BatchNorm`](crate::layer::BatchNorm) has a `num_batches_tracked` of 0 as well: PyTorch wants it, and does not
    /// use it unless the momentum is `None`. Epsilon is no part of a state dict: where it is not 1e-5, pass it to the
    /// module in Python.
    ///
    /// # Errors
    /// When a layer of another kind has parameters, or a number is NaN or infinite.
    ///
    /// ```
    /// use feedforward::{Identity, Network, Relu};
    ///
    /// let network = Network::<f32>::builder(4).dense(8, Relu).dense(3, Identity).build()?;
    /// let dict = network.state_dict()?;
    /// assert_eq!(dict.names().collect::<Vec<_>>(), ["0.weight", "0.bias", "2.weight", "2.bias"]);
    /// assert_eq!(dict.get("0.weight").map(|weight| weight.shape()), Some(&[8, 4][..]));
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn state_dict(&self) -> Result<StateDict> {
        let operation = "Network::state_dict";
        let slots = slots(operation, self)?;
        let names: Vec<_> = slots.iter().map(|slot| slot.sequential_name.as_str()).collect();
        state_dict(self, operation, &slots, &names)
    }

    /// Does the same with a name for each layer that has parameters, first to last, such as `["fc1", "bn1", "fc2"]`.
    ///
    /// # Errors
    /// As for [`state_dict`](Self::state_dict), and when there is not one name for each of the layers or two are equal.
    pub fn state_dict_as(&self, modules: &[&str]) -> Result<StateDict> {
        let operation = "Network::state_dict_as";
        let slots = slots(operation, self)?;
        if modules.len() != slots.len() {
            let expected = format!("names of {} modules, one for each layer with parameters", slots.len());
            return Err(Error::invalid(operation, expected, modules.len()));
        }
        state_dict(self, operation, &slots, modules)
    }
}

fn state_dict<F: Float>(
    network: &Network<F>,
    operation: &'static str,
    slots: &[Slot],
    names: &[&str],
) -> Result<StateDict> {
    network.check_finite_values(operation)?;
    let mut values = Vec::new();
    network.copy_values(&mut values);
    let mut tensors = Vec::new();
    for (slot, module) in slots.iter().zip(names) {
        let name = |name: &str| if module.is_empty() { name.to_owned() } else { format!("{module}.{name}") };
        for part in &slot.parts {
            let numbers = (0..part.len()).map(|index| values[part.start + part.position(index)]);
            tensors.push((name(part.name), Tensor::new(part.shape.clone(), of_floats(numbers))?));
        }
        if slot.kind == Kind::BatchNorm {
            tensors.push((name("num_batches_tracked"), Tensor::new(Vec::new(), vec![0_i64])?));
        }
    }
    StateDict::from_tensors(tensors)
}

/// Keeps numbers in their own precision.
fn of_floats<F: Float>(numbers: impl Iterator<Item = F>) -> Values {
    if size_of::<F>() == size_of::<f32>() {
        return numbers.map(|number| number.widen() as f32).collect::<Vec<_>>().into();
    }
    numbers.map(F::widen).collect::<Vec<_>>().into()
}
