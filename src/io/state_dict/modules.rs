//! [`Module`]: the tensors of a state dict that belong together, by the name in front of the last dot.

use super::StateDict;
use super::names::split;
use crate::io::Tensor;
use crate::io::module_settings::ModuleSettings;
use std::collections::BTreeMap;

/// The tensors of one module.
#[derive(Debug)]
pub(super) struct Module<'a> {
    /// Name of the module: "fc1" of "fc1.weight".
    pub(super) name: &'a str,
    /// Name and tensor within the module: "weight".
    pub(super) tensors: Vec<(&'a str, &'a Tensor)>,
    pub(super) settings: Option<&'a ModuleSettings>,
}

impl<'a> Module<'a> {
    pub(super) fn get(&self, name: &str) -> Option<&'a Tensor> {
        self.tensors.iter().find(|(other, _)| *other == name).map(|&(_, tensor)| tensor)
    }

    /// Returns its class if it is one of PyTorch and known, such as "Linear".
    pub(super) fn class_of_torch(&self) -> Option<&'a str> {
        let class = self.settings?.class.strip_prefix("torch.nn.modules.")?;
        class.rsplit('.').next()
    }

    /// Returns the name of a tensor of the module.
    pub(super) fn name_of(&self, tensor: &str) -> String {
        if self.name.is_empty() { tensor.to_owned() } else { format!("{}.{tensor}", self.name) }
    }
}

/// Returns the modules, in the order of their first tensors.
pub(super) fn modules(dict: &StateDict) -> Vec<Module<'_>> {
    let mut modules = Vec::<Module<'_>>::new();
    let mut positions = BTreeMap::new();
    for (name, tensor) in dict.iter() {
        let (module, name) = split(name);
        let position = *positions.entry(module).or_insert(modules.len());
        if position == modules.len() {
            let settings = dict.settings.get(module);
            modules.push(Module { name: module, tensors: Vec::new(), settings });
        }
        modules[position].tensors.push((name, tensor));
    }
    modules
}
