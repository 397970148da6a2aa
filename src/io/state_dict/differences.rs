//! [`Differences`]: what keeps a state dict from filling a network, all at once.

use super::modules::Module;
use super::slots::{Kind, Slot};
use crate::data::quote;
use crate::{Error, Result};

/// The most differences of each sort in an error.
const MOST: usize = 8;

/// Each difference between a network and a state dict.
#[derive(Debug, Default)]
pub(super) struct Differences {
    missing: Vec<String>,
    unexpected: Vec<String>,
    misshapen: Vec<String>,
    unusable: Vec<String>,
}

impl Differences {
    /// Notes that no module is there for a layer.
    pub(super) fn add_missing_module(&mut self, slot: &Slot) {
        let parts = slot.parts.iter();
        self.missing.extend(parts.map(|part| format!("{} {:?} of layer {}", part.name, part.shape, slot.path)));
    }

    /// Notes that there is no layer for a module.
    pub(super) fn add_unexpected_module(&mut self, module: &Module<'_>) {
        for (name, tensor) in &module.tensors {
            self.unexpected.push(format!("{} {:?}", quote(module.name_of(name).as_bytes()), tensor.shape()));
        }
    }

    /// Notes a tensor whose numbers cannot be taken.
    pub(super) fn add_unusable(&mut self, name: &str, found: impl std::fmt::Display) {
        self.unusable.push(format!("{}: {found}", quote(name.as_bytes())));
    }

    /// Compares names, shapes and settings of a module with those of a layer.
    pub(super) fn compare(&mut self, slot: &Slot, module: &Module<'_>) {
        let quoted = |name: &str| quote(module.name_of(name).as_bytes());
        for part in &slot.parts {
            match module.get(part.name) {
                None if is_left_out(slot, module, part.name) => {}
                None => self.missing.push(format!("{} {:?}", quoted(part.name), part.shape)),
                Some(tensor) if tensor.shape() != part.shape => {
                    let (name, expected, found) = (quoted(part.name), &part.shape, tensor.shape());
                    self.misshapen.push(format!("{name} (expected {expected:?}, found {found:?})"));
                }
                Some(_) => {}
            }
        }
        let unexpected = module.tensors.iter().filter(|(name, _)| !is_known(slot, name));
        self.unexpected.extend(unexpected.map(|(name, tensor)| format!("{} {:?}", quoted(name), tensor.shape())));
        let Some(settings) = module.settings else { return };
        if let Some(class) = module.class_of_torch()
            && !is_class_of(slot.kind, class)
        {
            let expected = slot.kind;
            self.add_unusable(module.name, format_args!("expected a {expected:?}, found a {class}"));
        }
        if let (Some(expected), Some(found)) = (slot.epsilon, settings.epsilon)
            && expected != found
        {
            self.add_unusable(&module.name_of("eps"), format_args!("expected {expected:e}, found {found:e}"));
        }
    }

    /// Returns whether names and shapes of a module are those of a layer.
    pub(super) fn fits(slot: &Slot, module: &Module<'_>) -> bool {
        let has_part = |name: &str, shape: &[usize]| match module.get(name) {
            Some(tensor) => tensor.shape() == shape,
            None => is_left_out(slot, module, name),
        };
        slot.parts.iter().all(|part| has_part(part.name, &part.shape))
            && module.tensors.iter().all(|(name, _)| is_known(slot, name))
    }

    /// Returns an error that lists all differences, if there are any.
    pub(super) fn into_result(self, operation: &'static str) -> Result<()> {
        let sorts = [
            ("missing", self.missing),
            ("unexpected", self.unexpected),
            ("misshapen", self.misshapen),
            ("unusable", self.unusable),
        ];
        let found = sorts.into_iter().filter(|(_, names)| !names.is_empty()).map(|(sort, names)| {
            let more = names.len().saturating_sub(MOST);
            let shown = names[..names.len() - more].join(", ");
            if more > 0 { format!("{sort}: {shown} and {more} more") } else { format!("{sort}: {shown}") }
        });
        let found: Vec<_> = found.collect();
        if found.is_empty() {
            return Ok(());
        }
        Err(Error::invalid(operation, "exactly the tensors of the network", found.join("; ")))
    }
}

/// Returns whether a normalization has no scale and no shift at all: then they are 1 and 0.
pub(super) fn is_left_out(slot: &Slot, module: &Module<'_>, name: &str) -> bool {
    let is_affine = module.get("weight").is_some() || module.get("bias").is_some();
    slot.kind != Kind::Linear && !is_affine && matches!(name, "weight" | "bias")
}

fn is_known(slot: &Slot, name: &str) -> bool {
    let is_counter = slot.kind == Kind::BatchNorm && name == "num_batches_tracked";
    is_counter || slot.parts.iter().any(|part| part.name == name)
}

/// Returns whether a class of PyTorch computes what a layer does.
pub(super) fn is_class_of(kind: Kind, class: &str) -> bool {
    match kind {
        Kind::Linear => matches!(class, "Linear" | "NonDynamicallyQuantizableLinear"),
        Kind::BatchNorm => matches!(class, "BatchNorm1d" | "SyncBatchNorm"),
        Kind::LayerNorm => class == "LayerNorm",
    }
}
