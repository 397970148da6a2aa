//! Steps that change the sizes of data without changing its numbers, and what they make of the sizes.

use super::graph::Graph;
use super::linear::Found;
use super::node::Node;
use super::step::Step;
use crate::data::invalid_data;
use crate::io::{Tensor, Values};
use std::io;

/// Axes that data may have.
const MOST_AXES: usize = 8;

/// Reads a node of one of these operators.
pub(super) fn read<'g>(graph: &Graph, node: &'g Node) -> io::Result<Found<'g>> {
    let step = match node.operator.as_str() {
        "Flatten" => Step::Flatten(node.int("axis", 1)),
        "Reshape" => {
            let target = match computed_target(graph, node)? {
                Some(target) => target,
                None => {
                    let target = integers(graph, node, 1, "shape")?;
                    if node.int("allowzero", 0) != 0 && target.contains(&0) {
                        return Err(node.fault("expected sizes above zero, found 0"));
                    }
                    target
                }
            };
            Step::Reshape(target)
        }
        "Squeeze" => Step::Squeeze(integers(graph, node, 1, "axes")?),
        "Unsqueeze" => Step::Unsqueeze(integers(graph, node, 1, "axes")?),
        _ => return Ok(None),
    };
    Ok(Some((vec![step], node.required(0)?)))
}

/// Returns the sizes that a node `Reshape` computes from those of its data: the batch, then constants.
///
/// This is what PyTorch's older exporter makes of `x.view(x.size(0), -1)`.
fn computed_target(graph: &Graph, node: &Node) -> io::Result<Option<Vec<i64>>> {
    let Some(concat) = node.input(1).and_then(|shape| graph.maker(shape)).filter(|node| node.operator == "Concat")
    else {
        return Ok(None);
    };
    let Some((batch, sizes)) = concat.inputs.split_first() else { return Ok(None) };
    if !is_batch(graph, batch, node.required(0)?)? {
        return Ok(None);
    }
    let mut target = vec![0];
    for size in sizes {
        match graph.constant(size)?.as_ref().map(Tensor::values) {
            Some(Values::I64(numbers)) if numbers.len() + target.len() <= MOST_AXES => target.extend(numbers),
            _ => return Ok(None),
        }
    }
    Ok(Some(target))
}

/// Returns whether a value is the first size of these data.
fn is_batch(graph: &Graph, value: &str, data: &str) -> io::Result<bool> {
    let mut value = value;
    // A few nodes of each operator at most.
    for _ in 0..8 {
        let Some(node) = graph.maker(value) else { return Ok(false) };
        let Some(before) = node.input(0) else { return Ok(false) };
        match node.operator.as_str() {
            "Unsqueeze" | "Cast" | "Identity" => value = before,
            "Gather" => {
                let is_first = graph.scalar(node.required(1)?)? == Some(0.0);
                let shape = graph.maker(before).filter(|shape| shape.operator == "Shape" && !shape.has("start"));
                return Ok(is_first && shape.is_some_and(|shape| shape.input(0) == Some(data)));
            }
            "Shape" => return Ok(before == data && node.int("start", 0) == 0 && node.int("end", 0) == 1),
            _ => return Ok(false),
        }
    }
    Ok(false)
}

/// Returns integers that are an input, or in old versions an attribute.
fn integers(graph: &Graph, node: &Node, index: usize, name: &str) -> io::Result<Vec<i64>> {
    let Some(value) = node.input(index) else {
        return match node.ints(name) {
            numbers if node.has(name) && numbers.len() <= MOST_AXES => Ok(numbers.to_vec()),
            numbers => Err(node.fault(format!("expected 1 to {MOST_AXES} {name}, found {}", numbers.len()))),
        };
    };
    match graph.constant(value).map_err(|error| node.fault(error))? {
        Some(tensor) => match tensor.values() {
            Values::I64(numbers) if numbers.len() <= MOST_AXES => Ok(numbers.clone()),
            Values::I64(numbers) => {
                Err(node.fault(format!("expected at most {MOST_AXES} {name}, found {}", numbers.len())))
            }
            _ => Err(node.fault(format!("expected integers as {name}, found floating-point numbers"))),
        },
        None => Err(node.fault(format!("expected {name} that are a constant, found data"))),
    }
}

/// The sizes of data: of the batch, if it is fixed, and of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sizes {
    pub(super) batch: Option<usize>,
    /// No size for a row that is a single number.
    pub(super) row: Vec<usize>,
}

impl Sizes {
    /// Returns how many numbers a row has.
    pub(super) fn features(&self) -> usize {
        // The product was checked when the sizes were made.
        self.row.iter().product()
    }

    /// Returns how many axes there are, with that of the batch.
    fn axes(&self) -> usize {
        self.row.len() + 1
    }

    /// Returns which axis of all is meant; negative ones count from the end.
    fn axis(&self, axis: i64, axes: usize) -> io::Result<usize> {
        let axes = axes as i64;
        let found = if axis < 0 { axis + axes } else { axis };
        if (0..axes).contains(&found) {
            return Ok(found as usize);
        }
        Err(invalid_data(format!("expected an axis of {axes}, found {axis}")))
    }

    /// Demands that these are all axes of a row.
    pub(super) fn demand_row_axis(&self, axis: i64, is_to_the_end: bool) -> io::Result<()> {
        let found = self.axis(axis, self.axes())?;
        if found == 1 && (is_to_the_end || self.row.len() == 1) {
            return Ok(());
        }
        Err(invalid_data(format!("expected axis 1 of {:?}, which is the row, found {axis}", self.row)))
    }

    /// Demands rows with one axis.
    pub(super) fn demand_flat(&self) -> io::Result<()> {
        match self.row.len() {
            1 => Ok(()),
            _ => Err(invalid_data(format!("expected rows with one axis, found rows of sizes {:?}", self.row))),
        }
    }

    /// Applies a step that changes sizes alone; returns whether it is one.
    pub(super) fn change(&mut self, step: &Step) -> io::Result<bool> {
        match step {
            Step::Flatten(axis) => {
                // Up to `axes`, which stands behind the last axis.
                let axis = if *axis == self.axes() as i64 { self.axes() } else { self.axis(*axis, self.axes())? };
                if axis != 1 {
                    let sizes = &self.row;
                    return Err(invalid_data(format!("expected rows to be flattened, found axis {axis} of {sizes:?}")));
                }
                self.row = vec![self.features()];
            }
            Step::Reshape(target) => self.reshape(target)?,
            Step::Squeeze(axes) => {
                let mut row = self.row.iter().map(|&size| Some(size)).collect::<Vec<_>>();
                for &axis in axes {
                    let found = self.axis(axis, self.axes())?;
                    match found.checked_sub(1).and_then(|index| row.get_mut(index)) {
                        Some(size) if *size == Some(1) => *size = None,
                        _ => return Err(invalid_data(format!("expected an axis of size 1 in a row, found {axis}"))),
                    }
                }
                self.row = row.into_iter().flatten().collect();
            }
            Step::Unsqueeze(axes) => {
                let all = self.axes() + axes.len();
                let added: io::Result<Vec<_>> = axes.iter().map(|&axis| self.axis(axis, all)).collect();
                let mut added = added?;
                added.sort_unstable();
                added.dedup();
                if added.len() != axes.len() || added.first() == Some(&0) || all > MOST_AXES {
                    return Err(invalid_data(format!("expected axes to add within a row, found {axes:?}")));
                }
                for axis in added {
                    self.row.insert(axis - 1, 1);
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Checks that each row becomes a row of the same numbers.
    fn reshape(&mut self, target: &[i64]) -> io::Result<()> {
        let features = self.features();
        let wrong = || {
            let batch = self.batch.map_or_else(|| "batch".to_owned(), |batch| batch.to_string());
            let expected = format!("expected a shape with a row of {features} numbers for each of {batch}");
            invalid_data(format!("{expected}, found {target:?}"))
        };
        let Some((&batch, sizes)) = target.split_first().filter(|_| target.len() <= MOST_AXES) else {
            return Err(wrong());
        };
        // 0 is the size at this place before, -1 the one that makes the numbers fit.
        let size = |(index, &size): (usize, &i64)| match size {
            0 => self.row.get(index).map(|&size| Some(size)),
            -1 => Some(None),
            size => usize::try_from(size).ok().map(Some),
        };
        let Some(sizes) = sizes.iter().enumerate().map(size).collect::<Option<Vec<_>>>() else { return Err(wrong()) };
        let known = sizes.iter().flatten().try_fold(1_usize, |product, &size| product.checked_mul(size));
        let open = sizes.iter().filter(|size| size.is_none()).count();
        let rest = known.filter(|&known| known > 0 && features.is_multiple_of(known)).map(|known| features / known);
        let is_batch_kept = match batch {
            0 => open <= 1,
            // The batch is what is left when a row has all its numbers.
            -1 => open == 0,
            batch => open <= 1 && usize::try_from(batch).ok() == self.batch,
        };
        match rest {
            Some(rest) if is_batch_kept && (open == 1 || rest == 1) => {
                self.row = sizes.into_iter().map(|size| size.unwrap_or(rest)).collect();
                Ok(())
            }
            _ => Err(wrong()),
        }
    }
}
