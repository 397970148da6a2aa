//! Tensors of a pickle: views of storages, which lie outside of it.

use super::budget::Budget;
use super::tree::{Node, Tree, Value};
use crate::data::quote;
use crate::io::Tensor;
use crate::io::element::Element;
use crate::{Error, Result};
use std::collections::BTreeMap;

/// The most dimensions of a tensor, as in PyTorch.
const MOST_DIMENSIONS: usize = 64;
/// The longest key of a storage, in bytes: they are numbers.
const LONGEST_KEY: usize = 64;
/// What a tensor takes besides its numbers and its name, in bytes.
const OVERHEAD: usize = 128;

/// The bytes of each storage by its key.
pub(super) type Storages<'a> = BTreeMap<&'a str, &'a [u8]>;

/// What a pickle says of a storage.
pub(super) struct Storage<'a> {
    pub(super) key: &'a str,
    /// The class, such as "FloatStorage".
    class: &'a str,
    pub(super) elements: usize,
}

impl<'a> Storage<'a> {
    /// Reads `("storage", class, key, location, elements)`.
    pub(super) fn read(tree: &Tree<'a>, value: Value) -> Option<Self> {
        let Some(Node::Persistent(id)) = tree.node(value) else { return None };
        let &[kind, class, key, _location, elements, ref view @ ..] = tree.items(*id)? else { return None };
        // The view of a storage in another, which PyTorch has not written since version 0.4.
        if tree.text(kind) != Some("storage") || !view.iter().all(|&view| tree.is_none(view)) {
            return None;
        }
        let (_, class) = tree.global(class)?;
        let key = tree.text(key).filter(|key| key.len() <= LONGEST_KEY)?;
        Some(Self { key, class, elements: tree.size(elements)? })
    }

    pub(super) fn element(&self) -> Option<Element> {
        Some(match self.class {
            "HalfStorage" => Element::F16,
            "BFloat16Storage" => Element::Bf16,
            "FloatStorage" => Element::F32,
            "DoubleStorage" => Element::F64,
            "ByteStorage" => Element::U8,
            "CharStorage" => Element::I8,
            "ShortStorage" => Element::I16,
            "IntStorage" => Element::I32,
            "LongStorage" => Element::I64,
            _ => return None,
        })
    }

    /// Returns the length in bytes of its numbers, also of those that no tensor can have.
    pub(super) fn length(&self) -> Option<usize> {
        let size = match self.class {
            "BoolStorage" => 1,
            "ComplexFloatStorage" => 8,
            "ComplexDoubleStorage" => 16,
            _ => self.element()?.size(),
        };
        self.elements.checked_mul(size)
    }
}

/// The call that rebuilds a tensor: the name of the function and its arguments.
pub(super) struct Rebuild<'t, 'a> {
    function: &'a str,
    arguments: &'t [Value],
}

impl<'t, 'a> Rebuild<'t, 'a> {
    /// Recognises the call that rebuilds a tensor, perhaps as a parameter.
    pub(super) fn find(tree: &'t Tree<'a>, value: Value) -> Option<Self> {
        let object = tree.object(value)?;
        let (mut called, mut arguments) = (object.callable, tree.items(object.arguments)?);
        // A parameter of a user's class around a tensor: three calls at most.
        for _ in 0..4 {
            let (module, function) = tree.global(called)?;
            if !matches!(module, "torch._utils" | "torch._tensor" | "torch") || !function.starts_with("_rebuild") {
                return None;
            }
            match (function, arguments) {
                ("_rebuild_parameter" | "_rebuild_parameter_with_state", &[tensor, ..]) => {
                    let object = tree.object(tensor)?;
                    (called, arguments) = (object.callable, tree.items(object.arguments)?);
                }
                ("_rebuild_from_type_v2", &[inner, _class, given, ..]) => {
                    (called, arguments) = (inner, tree.items(given)?);
                }
                _ => return Some(Self { function, arguments }),
            }
        }
        None
    }

    /// Copies the numbers of the tensor out of its storage.
    ///
    /// # Errors
    /// When it is not dense, has another type than those of [`Element`], leaves its storage, or takes too much.
    pub(super) fn read(
        &self,
        tree: &Tree<'a>,
        storages: &Storages<'_>,
        name: &str,
        budget: &mut Budget,
    ) -> Result<Tensor> {
        let wrong = |expected: &str, found: &str| {
            let expected = format!("{expected} in the tensor {}", quote(name.as_bytes()));
            Error::invalid("StateDict", expected, found)
        };
        let &[storage, offset, shape, strides, ref rest @ ..] = self.arguments else {
            return Err(wrong("a storage, its offset, sizes and strides", "other arguments"));
        };
        if !matches!(self.function, "_rebuild_tensor" | "_rebuild_tensor_v2") {
            return Err(wrong("dense numbers (_rebuild_tensor_v2)", &quote(self.function.as_bytes())));
        }
        // Behind the flag for gradients and the hooks: whether the numbers count negated or conjugated.
        let is_plain =
            |metadata: Value| tree.is_none(metadata) || tree.pairs(metadata).is_some_and(<[[Value; 2]]>::is_empty);
        if rest.get(2).is_some_and(|&metadata| !is_plain(metadata)) {
            return Err(wrong("no metadata", "some, such as a negation"));
        }
        let Some(storage) = Storage::read(tree, storage) else {
            return Err(wrong("a storage of its own", "none"));
        };
        let Some(element) = storage.element() else {
            let found = quote(storage.class.as_bytes());
            return Err(wrong("numbers of type float16, bfloat16, float32, float64 or an integer", &found));
        };
        let sizes = |values| -> Option<Vec<usize>> {
            let values = tree.items(values).filter(|values| values.len() <= MOST_DIMENSIONS)?;
            values.iter().map(|&value| tree.size(value)).collect()
        };
        let (Some(offset), Some(shape), Some(strides)) = (tree.size(offset), sizes(shape), sizes(strides)) else {
            return Err(wrong("an offset, sizes and strides >= 0", "others"));
        };
        let found = storages.get(storage.key).copied();
        let Some(bytes) = found.filter(|bytes| Some(bytes.len()) == storage.length()) else {
            let found = found.map_or("none".to_owned(), |bytes| format!("{} bytes", bytes.len()));
            let expected = format!("a storage {} of {} numbers", quote(storage.key.as_bytes()), storage.elements);
            return Err(wrong(&expected, &found));
        };
        let (Some(count), true) = (count(&shape, &strides, offset, storage.elements), shape.len() == strides.len())
        else {
            let found = format!("offset {offset}, sizes {shape:?} and strides {strides:?}");
            return Err(wrong(&format!("a view of {} numbers", storage.elements), &found));
        };
        let numbers = count.saturating_mul(element.size_of_value());
        budget.take_bytes(numbers.saturating_add(8 * shape.len() + OVERHEAD))?;
        let values = element.decode(bytes, count, Positions::new(&shape, &strides, offset, count));
        let values = values.ok_or_else(|| wrong("room for its numbers", "none"))?;
        Tensor::new(shape, values)
    }
}

/// Returns the number of elements of a view, if they are all within the storage.
fn count(shape: &[usize], strides: &[usize], offset: usize, elements: usize) -> Option<usize> {
    if shape.contains(&0) {
        return Some(0);
    }
    let (mut count, mut last) = (1_usize, offset);
    for (&size, &stride) in shape.iter().zip(strides) {
        count = count.checked_mul(size)?;
        last = last.checked_add((size - 1).checked_mul(stride)?)?;
    }
    (last < elements).then_some(count)
}

/// The positions in the storage of the elements of a view, row-major.
struct Positions<'s> {
    shape: &'s [usize],
    strides: &'s [usize],
    index: Vec<usize>,
    next: usize,
    left: usize,
}

impl<'s> Positions<'s> {
    fn new(shape: &'s [usize], strides: &'s [usize], offset: usize, count: usize) -> Self {
        Self { shape, strides, index: vec![0; shape.len()], next: offset, left: count }
    }
}

impl Iterator for Positions<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        self.left = self.left.checked_sub(1)?;
        let position = self.next;
        for ((index, &size), &stride) in self.index.iter_mut().zip(self.shape).zip(self.strides).rev() {
            *index += 1;
            if *index < size {
                self.next += stride;
                break;
            }
            *index = 0;
            self.next -= (size - 1) * stride;
        }
        Some(position)
    }
}
