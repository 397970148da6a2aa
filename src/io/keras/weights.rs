//! [`Weights`]: the variables of the layers in an HDF5 file, and what does not fit.

use crate::Float;
use crate::data::{invalid_data, quote};
use crate::io::hdf5::Tree;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;

/// Name and shape of a variable that a layer needs.
pub(super) type Variable = (&'static str, Vec<usize>);

/// The variables in a file, taken layer after layer.
#[derive(Debug)]
pub(super) struct Weights<'a> {
    tree: Tree<'a>,
    layout: Layout<'a>,
    /// Paths of what was taken.
    taken: BTreeSet<String>,
    missing: Listed,
    unexpected: Listed,
    misshapen: Listed,
    /// How many numbers layers may have that the file does not hold.
    allowance: usize,
}

/// How the variables of a layer are found.
#[derive(Debug)]
enum Layout<'a> {
    /// Keras 3: a group for each layer, named by its class and counted: "layers/dense_1/vars/0".
    ByClass { root: &'static str, counts: BTreeMap<&'static str, usize> },
    /// Keras 2: attributes with the names of the layers and of their variables, in order.
    ByOrder { layers: VecDeque<Stored<'a>> },
}

/// A layer that has variables.
#[derive(Debug, Clone)]
struct Stored<'a> {
    group: String,
    variables: Vec<&'a str>,
}

impl<'a> Weights<'a> {
    /// Finds the layers of a file.
    pub(super) fn find(hdf5: &'a [u8]) -> io::Result<Self> {
        let mut tree = Tree::read(hdf5)?;
        let group = if tree.contains("model_weights") { "model_weights" } else { "" };
        let roots = ["layers", "_layer_checkpoint_dependencies"];
        let layout = if let Some(names) = strings_in_parts(&mut tree, group, "layer_names")? {
            Layout::ByOrder { layers: find_in_order(&mut tree, group, &names)? }
        } else if let Some(root) = roots.into_iter().find(|root| tree.contains(root)) {
            Layout::ByClass { root, counts: BTreeMap::new() }
        } else {
            return Err(invalid_data("expected the group `layers` or the attribute `layer_names`, found neither"));
        };
        let (missing, unexpected, misshapen) = (Listed::default(), Listed::default(), Listed::default());
        let allowance = hdf5.len();
        Ok(Self { tree, layout, taken: BTreeSet::new(), missing, unexpected, misshapen, allowance })
    }

    /// Returns an attribute of the whole model.
    pub(super) fn attribute(&mut self, name: &str) -> io::Result<Option<&'a str>> {
        for group in ["", "model_weights"] {
            if let Some(found) = self.tree.strings(group, name)? {
                return Ok(found.first().copied());
            }
        }
        Ok(None)
    }

    /// Takes the next layer of this class, which has these variables.
    ///
    /// What is missing or has another shape is noted, for [`finish`](Self::finish) to report; `None` is returned then.
    pub(super) fn take<F: Float>(
        &mut self,
        class: &'static str,
        variables: &[Variable],
    ) -> io::Result<Option<Vec<Vec<F>>>> {
        if variables.is_empty() {
            self.pass(class);
            return Ok(Some(Vec::new()));
        }
        let Some(paths) = self.next_layer(class, variables) else { return Ok(None) };
        let mut fits = paths.len() == variables.len();
        for path in paths.iter().skip(variables.len()) {
            self.unexpected.push(|| path.clone());
        }
        for (index, (name, shape)) in variables.iter().enumerate() {
            let found = paths.get(index).map(|path| self.tree.shape(path)).transpose()?.flatten();
            let path =
                || paths.get(index).map_or_else(|| format!("{name} of {class}"), |path| format!("{path} ({name})"));
            let Some(found) = found else {
                self.missing.push(path);
                fits = false;
                continue;
            };
            if !found.iter().copied().eq(shape.iter().map(|&size| size as u64)) {
                self.misshapen.push(|| format!("{} of shape {shape:?}, found {}", path(), show_shape(&found)));
                fits = false;
            }
        }
        self.taken.extend(paths.iter().cloned());
        if !fits {
            return Ok(None);
        }
        // A counter behind the variables is not needed.
        let read = paths.iter().zip(variables).filter(|(_, (name, _))| *name != COUNT);
        read.map(|(path, _)| self.tree.numbers(path)).collect::<io::Result<_>>().map(Some)
    }

    /// Passes over a layer of this class that has no variables.
    pub(super) fn pass(&mut self, class: &'static str) {
        if let Layout::ByClass { counts, .. } = &mut self.layout {
            *counts.entry(class).or_default() += 1;
        }
    }

    /// Returns how many layers have the variables of a Normalization: mean, variance, and a single number.
    pub(super) fn count_normalizations(&self) -> io::Result<usize> {
        let mut count = 0;
        match &self.layout {
            Layout::ByClass { root, .. } => {
                let is_mean =
                    |path: &&str| path[root.len() + 1..].starts_with("normalization") && path.ends_with("vars/0");
                count += self.tree.datasets_below(&format!("{root}/")).filter(is_mean).count();
            }
            Layout::ByOrder { layers } => {
                for layer in layers {
                    let last = layer.variables.get(2).map(|name| format!("{}/{name}", layer.group));
                    let shape = last.map(|path| self.tree.shape(&path)).transpose()?.flatten();
                    count += usize::from(shape.is_some_and(|shape| shape.is_empty()));
                }
            }
        }
        Ok(count)
    }

    /// Demands that a layer may have this many numbers that the file does not hold: a short file cannot ask for much
    /// memory.
    pub(super) fn allow(&mut self, numbers: usize) -> io::Result<()> {
        let limit = self.allowance;
        let more =
            || invalid_data(format!("expected at most {limit} numbers for a file of this size, found {numbers}"));
        self.allowance = self.allowance.checked_sub(numbers).ok_or_else(more)?;
        Ok(())
    }

    /// Demands that all variables were taken and fitted.
    pub(super) fn finish(mut self) -> io::Result<()> {
        match &self.layout {
            Layout::ByClass { root, .. } => {
                for path in self.tree.datasets_below(&format!("{root}/")) {
                    // The generator of a Dropout is none of the weights.
                    if !self.taken.contains(path) && !path.contains("/seed_generator/") {
                        self.unexpected.push(|| path.to_owned());
                    }
                }
            }
            Layout::ByOrder { layers } => {
                for Stored { group, variables } in layers {
                    variables.iter().for_each(|name| self.unexpected.push(|| format!("{group}/{name}")));
                }
            }
        }
        let Self { missing, unexpected, misshapen, .. } = self;
        if missing.count + unexpected.count + misshapen.count == 0 {
            return Ok(());
        }
        let lists = [("missing", missing), ("unexpected", unexpected), ("misshapen", misshapen)];
        let lists = lists.iter().filter(|(_, list)| list.count > 0).map(|(what, list)| format!("{what}: {list}"));
        let lists = lists.collect::<Vec<_>>().join("; ");
        Err(invalid_data(format!("expected the weights of the network, found others: {lists}")))
    }

    /// Returns the paths of the next layer's variables.
    fn next_layer(&mut self, class: &'static str, variables: &[Variable]) -> Option<Vec<String>> {
        match &mut self.layout {
            Layout::ByClass { root, counts } => {
                let count = counts.entry(class).or_default();
                let group = if *count == 0 { format!("{root}/{class}") } else { format!("{root}/{class}_{count}") };
                *count += 1;
                let group = format!("{group}/vars/");
                let mut paths: Vec<_> = (0..variables.len()).map(|index| format!("{group}{index}")).collect();
                let others = self.tree.datasets_below(&group).filter(|&path| !paths.iter().any(|other| other == path));
                let others: Vec<_> = others.map(str::to_owned).collect();
                paths.extend(others);
                Some(paths)
            }
            Layout::ByOrder { layers } => {
                let Some(Stored { group, variables: names }) = layers.pop_front() else {
                    variables.iter().for_each(|(name, _)| self.missing.push(|| format!("{name} of {class}")));
                    return None;
                };
                Some(names.iter().map(|name| format!("{group}/{name}")).collect())
            }
        }
    }
}

/// The variable of a Normalization that says how many rows it has seen.
pub(super) const COUNT: &str = "count";

/// Returns the layers that have variables.
fn find_in_order<'a>(tree: &mut Tree<'a>, group: &str, names: &[&str]) -> io::Result<VecDeque<Stored<'a>>> {
    let mut layers = VecDeque::new();
    for name in names {
        let path = if group.is_empty() { (*name).to_owned() } else { format!("{group}/{name}") };
        let Some(variables) = strings_in_parts(tree, &path, "weight_names")? else {
            let name = quote(name.as_bytes());
            return Err(invalid_data(format!("expected a group with `weight_names` for layer {name}, found none")));
        };
        if !variables.is_empty() {
            layers.push_back(Stored { group: path, variables });
        }
    }
    Ok(layers)
}

/// Reads an attribute with a list of strings; one that is too long is in parts, with a number behind the name.
fn strings_in_parts<'a>(tree: &mut Tree<'a>, path: &str, name: &str) -> io::Result<Option<Vec<&'a str>>> {
    if let Some(strings) = tree.strings(path, name)? {
        return Ok(Some(strings));
    }
    let mut all = None;
    for part in 0_u64.. {
        let Some(strings) = tree.strings(path, &format!("{name}{part}"))? else { break };
        all.get_or_insert_with(Vec::new).extend(strings);
    }
    Ok(all)
}

fn show_shape(shape: &[u64]) -> String {
    format!("{:?}", &shape[..shape.len().min(8)])
}

/// The first names of a list, and how many there are.
#[derive(Debug, Default)]
struct Listed {
    first: Vec<String>,
    count: usize,
}

impl Listed {
    const MOST: usize = 6;

    fn push(&mut self, name: impl FnOnce() -> String) {
        self.count += 1;
        if self.first.len() < Self::MOST {
            // Names come from the file.
            self.first.push(name().chars().take(100).collect());
        }
    }
}

impl std::fmt::Display for Listed {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "{}", self.first.join(", "))?;
        let more = self.count - self.first.len();
        if more > 0 { write!(to, " and {more} more") } else { Ok(()) }
    }
}
