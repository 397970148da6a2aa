//! Filling a network with a state dict.

use super::StateDict;
use super::differences::{Differences, is_left_out};
use super::modules::{Module, modules};
use super::names::is_same_but_numbers;
use super::slots::{Part, Slot, slots};
use crate::data::list;
use crate::io::Tensor;
use crate::{Error, Float, Network, Result};

impl<F: Float> Network<F> {
    /// Overwrites all parameters with those of a state dict of PyTorch.
    ///
    /// The modules of the state dict (the names in front of the last dot) fill the layers that have parameters, one
    /// after another: in the order of the file, which for a pickle is that of `__init__`. A safetensors file sorts its
    /// names: there, each layer takes the first module of its kind and shapes, and modules of equal shapes must differ
    /// in numbers alone, as "fc1" and "fc2" do. [`load_state_dict_as`](Self::load_state_dict_as) names the modules.
    ///
    /// A [`Dense`](crate::Dense) layer takes a `Linear`, [`BatchNorm`](crate::layer::BatchNorm) a `BatchNorm1d`,
    /// [`LayerNorm`](crate::layer::LayerNorm) a `LayerNorm`; a normalization without weight and bias gets a gamma of 1
    /// and a beta of 0. `num_batches_tracked` is left out. Epsilon is compared if the file has it: a pickled module
    /// does, a state dict does not. Numbers are rounded to the precision of the network.
    ///
    /// # Errors
    /// One error lists all that is missing, unexpected, of another shape, NaN, infinite or too large; the network is
    /// unchanged then. A layer of another kind with parameters is an error, too.
    ///
    /// ```
    /// use feedforward::io::{StateDict, Tensor};
    /// use feedforward::{Identity, Network};
    ///
    /// let weight = Tensor::new(vec![1, 2], vec![3.0_f32, 4.0])?; // (outputs, inputs)
    /// let dict = StateDict::from_tensors([("fc.weight", weight)])?;
    /// let mut network = Network::<f32>::builder(2).dense_without_bias(1, Identity).build()?;
    /// network.load_state_dict(&dict)?;
    /// assert_eq!(network.predict(&ndarray::array![[1.0, 10.0]])?, ndarray::array![[43.0]]);
    ///
    /// let mut other = Network::<f32>::builder(3).dense(1, Identity).build()?;
    /// let error = other.load_state_dict(&dict).unwrap_err().to_string();
    /// assert!(error.contains(r#"missing: "fc.bias" [1]"#), "{error}");
    /// assert!(error.contains(r#"misshapen: "fc.weight" (expected [1, 3], found [1, 2])"#), "{error}");
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn load_state_dict(&mut self, dict: &StateDict) -> Result<()> {
        let order = if dict.is_sorted { Order::Shapes } else { Order::File };
        load(self, "Network::load_state_dict", dict, order)
    }

    /// Does the same with the module of each layer that has parameters, first to last, such as `["fc1", "bn1", "fc2"]`.
    ///
    /// A `LayerNorm` without weight and bias has no tensor; its name counts nevertheless.
    ///
    /// # Errors
    /// As for [`load_state_dict`](Self::load_state_dict), and when there is not one name for each of the layers.
    pub fn load_state_dict_as(&mut self, dict: &StateDict, modules: &[&str]) -> Result<()> {
        load(self, "Network::load_state_dict_as", dict, Order::Names(modules))
    }
}

/// Which module fills which layer.
pub(super) enum Order<'a> {
    /// That of the file.
    File,
    /// Kind and shapes decide.
    Shapes,
    /// The name of each layer's module.
    Names(&'a [&'a str]),
}

/// Checks everything, then overwrites the parameters.
pub(super) fn load<F: Float>(
    network: &mut Network<F>,
    operation: &'static str,
    dict: &StateDict,
    order: Order<'_>,
) -> Result<()> {
    let slots = slots(operation, network)?;
    let mut modules = modules(dict);
    let chosen: Vec<Option<usize>> = match order {
        Order::File => (0..slots.len()).map(|index| Some(index).filter(|&index| index < modules.len())).collect(),
        Order::Shapes => choose_by_shapes(operation, &slots, &modules)?,
        Order::Names(names) => {
            if names.len() != slots.len() {
                let expected = format!("names of {} modules, one for each layer with parameters", slots.len());
                return Err(Error::invalid(operation, expected, names.len()));
            }
            for name in names {
                if !modules.iter().any(|module| module.name == *name) {
                    modules.push(Module { name, tensors: Vec::new(), settings: None });
                }
            }
            names.iter().map(|name| modules.iter().position(|module| module.name == *name)).collect()
        }
    };
    let mut differences = Differences::default();
    for (slot, &module) in slots.iter().zip(&chosen) {
        match module.and_then(|index| modules.get(index)) {
            Some(module) => differences.compare(slot, module),
            None => differences.add_missing_module(slot),
        }
    }
    for (index, module) in modules.iter().enumerate() {
        if !chosen.contains(&Some(index)) {
            differences.add_unexpected_module(module);
        }
    }
    let mut values = Vec::new();
    network.copy_values(&mut values);
    for (slot, &module) in slots.iter().zip(&chosen) {
        let Some(module) = module.and_then(|index| modules.get(index)) else { continue };
        for part in &slot.parts {
            match module.get(part.name) {
                Some(tensor) if tensor.shape() == part.shape => {
                    if let Err(found) = copy(tensor, part, &mut values) {
                        differences.add_unusable(&module.name_of(part.name), found);
                    }
                }
                None if is_left_out(slot, module, part.name) => {
                    let value = if part.name == "weight" { F::one() } else { F::zero() };
                    values[part.start..part.start + part.len()].fill(value);
                }
                _ => {}
            }
        }
    }
    differences.into_result(operation)?;
    network.set_values(&values);
    Ok(())
}

/// Copies the numbers of a tensor to their place among those of the network.
fn copy<F: Float>(tensor: &Tensor, part: &Part, values: &mut [F]) -> std::result::Result<(), String> {
    let numbers = tensor.to_vec::<F>().map_err(|_| "expected numbers within the range of f32, found larger ones")?;
    if let Some(found) = numbers.iter().find(|number| !number.is_finite()) {
        return Err(format!("expected finite numbers, found {found}"));
    }
    if part.name == "running_var"
        && let Some(found) = numbers.iter().find(|&&number| number < F::zero())
    {
        return Err(format!("expected variances >= 0, found {found}"));
    }
    let values = &mut values[part.start..part.start + part.len()];
    for (index, number) in numbers.into_iter().enumerate() {
        values[part.position(index)] = number;
    }
    Ok(())
}

/// Finds, for each layer, the first module of its kind and shapes; what is left over goes to the layers without one.
fn choose_by_shapes(operation: &'static str, slots: &[Slot], modules: &[Module<'_>]) -> Result<Vec<Option<usize>>> {
    let mut is_free = vec![true; modules.len()];
    let mut chosen = vec![None; slots.len()];
    for (slot, chosen) in slots.iter().zip(&mut chosen) {
        let fits = |module: &Module<'_>| Differences::fits(slot, module);
        let fitting: Vec<usize> = (0..modules.len()).filter(|&index| fits(&modules[index])).collect();
        if let [first, others @ ..] = &fitting[..] {
            let first = modules[*first].name;
            let is_unclear = |&&other: &&usize| !is_same_but_numbers(first, modules[other].name);
            if let Some(&other) = others.iter().find(is_unclear) {
                let expected = "modules of equal shapes that differ in numbers alone, or their names in order";
                let found = list([first, modules[other].name].map(str::as_bytes));
                return Err(Error::invalid(operation, expected, found));
            }
        }
        *chosen = fitting.into_iter().find(|&index| std::mem::take(&mut is_free[index]));
    }
    let mut free = (0..modules.len()).filter(|&index| is_free[index]);
    chosen.iter_mut().filter(|chosen| chosen.is_none()).for_each(|chosen| *chosen = free.next());
    Ok(chosen)
}
