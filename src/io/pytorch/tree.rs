//! [`Tree`]: the plain data of a pickle. Values that are used twice are shared, so it may even hold circles.

use super::scalar::{Scalar, scalar};

/// A value of a pickle: 8 bytes, so that a hostile pickle of single-byte values stays small in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value {
    /// A number, a text or the like, whose opcode is at this position.
    Scalar(u32),
    /// The node of this index.
    Node(u32),
}

/// A value that holds others.
#[derive(Debug)]
pub(super) enum Node {
    /// A list or a set.
    List(Vec<Value>),
    Tuple(Vec<Value>),
    /// Keys and values in turn.
    Dict(Vec<Value>),
    /// A class or a function: module and name.
    Global(Value, Value),
    /// What `torch.save` keeps outside of the pickle.
    Persistent(Value),
    Object(Box<Object>),
}

/// What a call would have made.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) callable: Value,
    pub(super) arguments: Value,
    /// Keys and values, in turn, that were set afterwards.
    pub(super) items: Vec<Value>,
    /// The attributes.
    pub(super) state: Option<Value>,
}

/// A name that is longer is no name; comparing long ones again and again would take long.
const LONGEST_TEXT: usize = 4096;

/// The plain data of a pickle.
#[derive(Debug)]
pub(super) struct Tree<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) nodes: Vec<Node>,
    pub(super) root: Value,
}

impl<'a> Tree<'a> {
    pub(super) fn node(&self, value: Value) -> Option<&Node> {
        if let Value::Node(index) = value { self.nodes.get(index as usize) } else { None }
    }

    fn scalar(&self, value: Value) -> Option<Scalar<'a>> {
        let Value::Scalar(at) = value else { return None };
        scalar(self.bytes, at as usize).ok().flatten().map(|(scalar, _)| scalar)
    }

    pub(super) fn is_none(&self, value: Value) -> bool {
        matches!(self.scalar(value), Some(Scalar::None))
    }

    pub(super) fn flag(&self, value: Value) -> Option<bool> {
        if let Some(Scalar::Flag(flag)) = self.scalar(value) { Some(flag) } else { None }
    }

    pub(super) fn size(&self, value: Value) -> Option<usize> {
        if let Some(Scalar::Int(int)) = self.scalar(value) { int.try_into().ok() } else { None }
    }

    pub(super) fn float(&self, value: Value) -> Option<f64> {
        if let Some(Scalar::Float(float)) = self.scalar(value) { Some(float) } else { None }
    }

    pub(super) fn bytes_of(&self, value: Value) -> Option<&'a [u8]> {
        if let Some(Scalar::Bytes(bytes)) = self.scalar(value) { Some(bytes) } else { None }
    }

    /// Returns a text of at most 4096 bytes.
    pub(super) fn text(&self, value: Value) -> Option<&'a str> {
        if let Some(Scalar::Text(text)) = self.scalar(value) { short(text) } else { None }
    }

    /// Returns module and name of a class or function.
    ///
    /// A legacy file names the class of a module together with its source code.
    pub(super) fn global(&self, value: Value) -> Option<(&'a str, &'a str)> {
        let Some(Node::Persistent(id)) = self.node(value) else { return self.plain_global(value) };
        match *self.items(*id)? {
            [kind, class, ..] if self.text(kind) == Some("module") => self.plain_global(class),
            _ => None,
        }
    }

    fn plain_global(&self, value: Value) -> Option<(&'a str, &'a str)> {
        if let Some(Node::Global(module, name)) = self.node(value) {
            return Some((self.text(*module)?, self.text(*name)?));
        }
        if let Some(Scalar::Global(module, name)) = self.scalar(value) {
            return Some((short(module)?, short(name)?));
        }
        None
    }

    /// Returns the values of a list, a set or a tuple.
    pub(super) fn items(&self, value: Value) -> Option<&[Value]> {
        match self.node(value) {
            Some(Node::List(items) | Node::Tuple(items)) => Some(items),
            None if matches!(self.scalar(value), Some(Scalar::EmptyTuple)) => Some(&[]),
            _ => None,
        }
    }

    /// Returns the keys and values of a dict or an `OrderedDict`.
    pub(super) fn pairs(&self, value: Value) -> Option<&[[Value; 2]]> {
        let items = match self.node(value)? {
            Node::Dict(items) => items,
            Node::Object(object) => {
                let is_dict = self.global(object.callable) == Some(("collections", "OrderedDict"));
                let is_bare = self.items(object.arguments).is_some_and(<[Value]>::is_empty);
                if !(is_dict && is_bare) {
                    return None;
                }
                &object.items
            }
            _ => return None,
        };
        Some(items.as_chunks().0)
    }

    pub(super) fn object(&self, value: Value) -> Option<&Object> {
        if let Some(Node::Object(object)) = self.node(value) { Some(object) } else { None }
    }
}

fn short(text: &[u8]) -> Option<&str> {
    if text.len() > LONGEST_TEXT { None } else { std::str::from_utf8(text).ok() }
}
