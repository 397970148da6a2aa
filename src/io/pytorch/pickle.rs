//! The stack machine of pickles, protocols 0 to 5, which builds a tree and runs nothing.

use super::scalar::{Reader, scalar, wrong};
use super::tree::{Node, Object, Tree, Value};
use crate::Result;

/// Reads the pickle that starts at this position of a file, and returns where it ends.
///
/// # Errors
/// When an opcode is unknown or not possible where it stands, or there are more parts than a pickle of this length has.
pub(super) fn read(bytes: &[u8], start: usize) -> Result<(Tree<'_>, usize)> {
    // A position has 32 bits: in a longer file, the pickle must come first.
    let bytes = &bytes[..bytes.len().min(u32::MAX as usize)];
    let mut machine = Machine {
        reader: Reader { bytes, at: start },
        stack: Vec::new(),
        marks: Vec::new(),
        memo: Vec::new(),
        nodes: Vec::new(),
        // Those that torch writes have more than ten bytes for each.
        most_nodes: bytes.len() / 8 + 4096,
    };
    let root = machine.run()?;
    Ok((Tree { bytes, nodes: machine.nodes, root }, machine.reader.at))
}

struct Machine<'a> {
    reader: Reader<'a>,
    stack: Vec<Value>,
    /// Lengths of the stack, which no opcode but one that looks for a mark goes below.
    marks: Vec<usize>,
    memo: Vec<Option<Value>>,
    nodes: Vec<Node>,
    most_nodes: usize,
}

impl Machine<'_> {
    fn run(&mut self) -> Result<Value> {
        loop {
            let at = self.reader.at;
            let opcode = self.reader.number(1)? as u8;
            if opcode != b'i'
                && let Some((_, end)) = scalar(self.reader.bytes, at)?
            {
                self.stack.push(Value::Scalar(at as u32));
                self.reader.at = end;
                continue;
            }
            if opcode == b'.' {
                return self.pop();
            }
            self.step(opcode, at)?;
        }
    }

    fn step(&mut self, opcode: u8, at: usize) -> Result<()> {
        match opcode {
            0x80 => {
                let protocol = self.reader.number(1)?;
                if protocol > 5 {
                    return Err(wrong("a pickle of protocol 0 to 5", protocol));
                }
            }
            0x95 => drop(self.reader.number(8)?),
            b'(' => self.marks.push(self.stack.len()),
            b'0' => drop(self.pop()?),
            b'1' => drop(self.pop_to_mark()?),
            b'2' => {
                let top = self.top()?;
                self.stack.push(top);
            }
            b']' | 0x8f => self.push(Node::List(Vec::new()))?,
            b'}' => self.push(Node::Dict(Vec::new()))?,
            b'l' | 0x91 => {
                let items = self.pop_to_mark()?;
                self.push(Node::List(items))?;
            }
            b't' => {
                let items = self.pop_to_mark()?;
                self.push(Node::Tuple(items))?;
            }
            b'd' => {
                let items = self.pop_to_mark()?;
                self.push(Node::Dict(even(items)?))?;
            }
            0x85..=0x87 => {
                let mut items: Vec<_> = (0x84..opcode).map(|_| self.pop()).collect::<Result<_>>()?;
                items.reverse();
                self.push(Node::Tuple(items))?;
            }
            b'a' => {
                let item = self.pop()?;
                self.append(vec![item])?;
            }
            b'e' | 0x90 => {
                let items = self.pop_to_mark()?;
                self.append(items)?;
            }
            b's' => {
                let value = self.pop()?;
                let key = self.pop()?;
                self.set(vec![key, value])?;
            }
            b'u' => {
                let items = self.pop_to_mark()?;
                self.set(even(items)?)?;
            }
            b'R' | 0x81 => {
                let arguments = self.pop()?;
                let callable = self.pop()?;
                self.push_object(callable, arguments)?;
            }
            0x92 => {
                let _named = self.pop()?;
                let arguments = self.pop()?;
                let callable = self.pop()?;
                self.push_object(callable, arguments)?;
            }
            b'i' => {
                self.reader.line()?;
                self.reader.line()?;
                let arguments = self.pop_to_mark()?;
                let arguments = self.add(Node::Tuple(arguments))?;
                self.push_object(Value::Scalar(at as u32), arguments)?;
            }
            b'o' => {
                let mut arguments = self.pop_to_mark()?;
                if arguments.is_empty() {
                    return Err(wrong(format!("a class before byte {at} of a pickle"), "none"));
                }
                let callable = arguments.remove(0);
                let arguments = self.add(Node::Tuple(arguments))?;
                self.push_object(callable, arguments)?;
            }
            0x93 => {
                let name = self.pop()?;
                let module = self.pop()?;
                self.push(Node::Global(module, name))?;
            }
            b'b' => self.build()?,
            b'Q' => {
                let id = self.pop()?;
                self.push(Node::Persistent(id))?;
            }
            b'p' => {
                let index = self.reader.text_line()?;
                self.put(index)?;
            }
            b'q' => {
                let index = self.reader.number(1)?;
                self.put(index)?;
            }
            b'r' => {
                let index = self.reader.number(4)?;
                self.put(index)?;
            }
            0x94 => self.put(self.memo.len() as u64)?,
            b'g' => {
                let index = self.reader.text_line()?;
                self.get(index)?;
            }
            b'h' => {
                let index = self.reader.number(1)?;
                self.get(index)?;
            }
            b'j' => {
                let index = self.reader.number(4)?;
                self.get(index)?;
            }
            _ => return Err(wrong("opcodes that torch.save writes", format!("0x{opcode:02x} at byte {at}"))),
        }
        Ok(())
    }

    fn top(&self) -> Result<Value> {
        let floor = self.marks.last().copied().unwrap_or_default();
        match self.stack.last() {
            Some(&value) if self.stack.len() > floor => Ok(value),
            _ => Err(wrong(format!("a value before byte {} of a pickle", self.reader.at), "none")),
        }
    }

    fn pop(&mut self) -> Result<Value> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Value>> {
        let none = || wrong(format!("a mark before byte {} of a pickle", self.reader.at), "none");
        let mark = self.marks.pop().ok_or_else(none)?;
        Ok(self.stack.drain(mark.min(self.stack.len())..).collect())
    }

    fn add(&mut self, node: Node) -> Result<Value> {
        if self.nodes.len() >= self.most_nodes {
            return Err(wrong(format!("a pickle of at most {} parts", self.most_nodes), "more"));
        }
        self.nodes.push(node);
        Ok(Value::Node(self.nodes.len() as u32 - 1))
    }

    fn push(&mut self, node: Node) -> Result<()> {
        let value = self.add(node)?;
        self.stack.push(value);
        Ok(())
    }

    fn push_object(&mut self, callable: Value, arguments: Value) -> Result<()> {
        self.push(Node::Object(Box::new(Object { callable, arguments, items: Vec::new(), state: None })))
    }

    fn top_node(&mut self) -> Result<Option<&mut Node>> {
        let top = self.top()?;
        Ok(if let Value::Node(index) = top { self.nodes.get_mut(index as usize) } else { None })
    }

    fn append(&mut self, items: Vec<Value>) -> Result<()> {
        match self.top_node()? {
            Some(Node::List(list)) => list.extend(items),
            // A class that is a list: nobody asks for its items.
            Some(Node::Object(_)) => {}
            _ => return Err(wrong(format!("a list before byte {} of a pickle", self.reader.at), "another value")),
        }
        Ok(())
    }

    fn set(&mut self, items: Vec<Value>) -> Result<()> {
        match self.top_node()? {
            Some(Node::Dict(dict)) => dict.extend(items),
            Some(Node::Object(object)) => object.items.extend(items),
            _ => return Err(wrong(format!("a dict before byte {} of a pickle", self.reader.at), "another value")),
        }
        Ok(())
    }

    fn build(&mut self) -> Result<()> {
        let state = self.pop()?;
        if let Some(Node::Object(object)) = self.top_node()?
            && object.state.replace(state).is_some()
        {
            return Err(wrong("one state for each object of a pickle", "two"));
        }
        Ok(())
    }

    fn put(&mut self, index: u64) -> Result<()> {
        let top = self.top()?;
        // Picklers count from 0, so an index is never beyond the position.
        let Some(index) = usize::try_from(index).ok().filter(|&index| index < self.reader.at) else {
            return Err(wrong(format!("an index below {} in a pickle", self.reader.at), index));
        };
        if index >= self.memo.len() {
            self.memo.resize(index + 1, None);
        }
        self.memo[index] = Some(top);
        Ok(())
    }

    fn get(&mut self, index: u64) -> Result<()> {
        let kept = usize::try_from(index).ok().and_then(|index| self.memo.get(index).copied().flatten());
        self.stack.push(kept.ok_or_else(|| wrong("an index that a pickle has used before", index))?);
        Ok(())
    }
}

fn even(items: Vec<Value>) -> Result<Vec<Value>> {
    if items.len().is_multiple_of(2) { Ok(items) } else { Err(wrong("a value for each key of a pickle", "none")) }
}
