//! [`Entry`]: a part of a checkpoint that holds tensors by name: a state dict or a module.

use super::budget::Budget;
use super::tensors::{Rebuild, Storages};
use super::tree::{Tree, Value};
use crate::data::{list, quote};
use crate::io::Tensor;
use crate::io::module_settings::ModuleSettings;
use crate::{Error, Result};

/// How deep in a checkpoint a state dict may be: "callbacks.ema.state_dict" is at 3.
const DEEPEST_ENTRY: usize = 4;
/// How deep modules may be within each other.
const DEEPEST_MODULE: usize = 100;

/// Tensors by name, and what modules say of themselves by the name of the module.
#[derive(Debug, Default)]
pub(crate) struct Named {
    pub(crate) tensors: Vec<(String, Tensor)>,
    pub(in crate::io) modules: Vec<(String, ModuleSettings)>,
}

/// A state dict or a module in a checkpoint.
pub(super) struct Entry {
    /// The keys that lead to it, joined by dots; empty for the whole file.
    path: String,
    value: Value,
}

/// Finds the entry of this path, or the only one if there is no path.
pub(super) fn find(tree: &Tree<'_>, path: Option<&str>, budget: &mut Budget) -> Result<Entry> {
    let mut entries = Vec::new();
    collect(tree, tree.root, "", 0, budget, &mut entries)?;
    let names = |entries: &[Entry]| {
        let shown = |entry: &Entry| if entry.path.is_empty() { quote(b"") } else { quote(entry.path.as_bytes()) };
        let names: Vec<_> = entries.iter().take(10).map(shown).collect();
        let more = entries.len() - names.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        if names.is_empty() { "none".to_owned() } else { format!("{}{more}", names.join(", ")) }
    };
    let all = names(&entries);
    let wrong = |expected: String| Err(Error::invalid("StateDict", expected, &all));
    match path {
        Some(path) => {
            entries.retain(|entry| entry.path == path);
            if entries.len() != 1 {
                return wrong(format!("one state dict or module at {}", quote(path.as_bytes())));
            }
        }
        None if entries.is_empty() => return wrong("a state dict or a module in the file".to_owned()),
        None if entries.len() > 1 => {
            return wrong("one state dict in the file, or the name of one for `StateDict::read_entry`".to_owned());
        }
        None => {}
    }
    entries.pop().ok_or_else(|| Error::invalid("StateDict", "a state dict", "none"))
}

fn collect(
    tree: &Tree<'_>,
    value: Value,
    path: &str,
    depth: usize,
    budget: &mut Budget,
    entries: &mut Vec<Entry>,
) -> Result<()> {
    budget.take_steps(1)?;
    let mut add = |budget: &mut Budget| {
        budget.take_bytes(path.len() + size_of::<Entry>())?;
        entries.push(Entry { path: path.to_owned(), value });
        Ok(())
    };
    if parts(tree, value, budget)?.is_some() {
        return add(budget);
    }
    let Some(pairs) = tree.pairs(value) else { return Ok(()) };
    budget.take_steps(pairs.len())?;
    if pairs.iter().any(|&[key, value]| tree.text(key).is_some() && Rebuild::find(tree, value).is_some()) {
        add(budget)?;
    }
    if depth < DEEPEST_ENTRY {
        for &[key, value] in pairs {
            // The state of an optimizer is kept by numbers, so that it is no candidate.
            if let Some(key) = tree.text(key)
                && tree.node(value).is_some()
            {
                let path = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
                budget.take_steps(path.len())?;
                collect(tree, value, &path, depth + 1, budget, entries)?;
            }
        }
    }
    Ok(())
}

/// The attributes of a module that matter.
struct Parts<'a> {
    class: (&'a str, &'a str),
    parameters: Value,
    buffers: Value,
    modules: Value,
    /// Names of buffers that a state dict leaves out.
    left_out: Option<Value>,
    epsilon: Option<f64>,
    momentum: Option<f64>,
}

/// Returns the attributes of a module; `None` for any other value.
fn parts<'a>(tree: &Tree<'a>, value: Value, budget: &mut Budget) -> Result<Option<Parts<'a>>> {
    let Some(object) = tree.object(value) else { return Ok(None) };
    let Some(attributes) = object.state.and_then(|state| tree.pairs(state)) else { return Ok(None) };
    budget.take_steps(attributes.len())?;
    let mut found = [None; 6];
    for &[key, value] in attributes {
        let index = match tree.text(key) {
            Some("_parameters") => 0,
            Some("_buffers") => 1,
            Some("_modules") => 2,
            Some("_non_persistent_buffers_set") => 3,
            Some("eps") => 4,
            Some("momentum") => 5,
            _ => continue,
        };
        found[index] = Some(value);
    }
    let [Some(parameters), Some(buffers), Some(modules), left_out, epsilon, momentum] = found else { return Ok(None) };
    let class = tree.global(object.callable).unwrap_or_default();
    let number = |value: Option<Value>| value.and_then(|value| tree.float(value));
    let (epsilon, momentum) = (number(epsilon), number(momentum));
    Ok(Some(Parts { class, parameters, buffers, modules, left_out, epsilon, momentum }))
}

impl Entry {
    /// Reads all tensors of the entry, in its order.
    pub(super) fn read(&self, tree: &Tree<'_>, storages: &Storages<'_>, budget: &mut Budget) -> Result<Named> {
        let mut reading = Reading { tree, storages, budget, named: Named::default() };
        if !reading.read_module(self.value, "", 0)? {
            let pairs = tree.pairs(self.value).unwrap_or_default();
            for &[key, value] in pairs {
                reading.read_tensor("", key, value)?;
            }
        }
        Ok(reading.named)
    }
}

struct Reading<'t, 'a> {
    tree: &'t Tree<'a>,
    storages: &'t Storages<'t>,
    budget: &'t mut Budget,
    named: Named,
}

impl Reading<'_, '_> {
    /// Reads the value of a key if it is a tensor.
    fn read_tensor(&mut self, prefix: &str, key: Value, value: Value) -> Result<()> {
        let Some(rebuild) = Rebuild::find(self.tree, value) else { return Ok(()) };
        let name = self.name(prefix, key)?;
        self.budget.take_bytes(name.len())?;
        let tensor = rebuild.read(self.tree, self.storages, &name, self.budget)?;
        self.named.tensors.push((name, tensor));
        Ok(())
    }

    fn name(&self, prefix: &str, key: Value) -> Result<String> {
        let expected = "a text of at most 4096 bytes as the name of a tensor";
        let key = self.tree.text(key).ok_or_else(|| Error::invalid("StateDict", expected, "another value"))?;
        Ok(if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") })
    }

    /// Reads parameters, buffers and inner modules, in the order of a state dict; returns whether it is a module.
    fn read_module(&mut self, value: Value, prefix: &str, depth: usize) -> Result<bool> {
        let tree = self.tree;
        let Some(module) = parts(tree, value, self.budget)? else { return Ok(false) };
        if depth > DEEPEST_MODULE {
            let expected = format!("modules within each other at most {DEEPEST_MODULE} deep");
            return Err(Error::invalid("StateDict", expected, "deeper ones"));
        }
        self.budget.take_bytes(prefix.len() + size_of::<(String, ModuleSettings)>())?;
        let left_out = module.left_out.map_or(&[][..], |set| items_of_set(tree, set));
        for (tensors, is_buffer) in [(module.parameters, false), (module.buffers, true)] {
            let tensors = tree.pairs(tensors).unwrap_or_default();
            for &[key, value] in tensors {
                if is_buffer {
                    self.budget.take_steps(left_out.len())?;
                }
                let is_left_out = || left_out.iter().any(|&name| tree.text(name) == tree.text(key));
                self.budget.take_steps(1)?;
                if !(is_buffer && is_left_out()) {
                    self.read_tensor(prefix, key, value)?;
                }
            }
        }
        let (package, class) = module.class;
        self.budget.take_bytes(package.len() + class.len())?;
        let class = format!("{package}.{class}");
        let settings = ModuleSettings { class, epsilon: module.epsilon, momentum: module.momentum };
        self.named.modules.push((prefix.to_owned(), settings));
        for &[key, value] in tree.pairs(module.modules).unwrap_or_default() {
            self.budget.take_steps(1)?;
            let prefix = self.name(prefix, key)?;
            let is_module = self.read_module(value, &prefix, depth + 1)?;
            if !is_module && !tree.is_none(value) {
                let found = list([prefix.as_bytes()]);
                return Err(Error::invalid(
                    "StateDict",
                    "modules within modules",
                    format!("another object at {found}"),
                ));
            }
        }
        Ok(true)
    }
}

/// Returns the items of a set, which is a call with a list before protocol 4.
fn items_of_set<'t>(tree: &'t Tree<'_>, set: Value) -> &'t [Value] {
    let list = match tree.object(set) {
        Some(object) => tree.items(object.arguments).and_then(|arguments| arguments.first().copied()),
        None => Some(set),
    };
    list.and_then(|list| tree.items(list)).unwrap_or_default()
}
