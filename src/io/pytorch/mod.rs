//! Files that `torch.save` writes, read without running anything that their pickles say.
//!
//! A pickle is a program for a stack machine. Here it only builds a tree of plain data: a call is a node that names the
//! function and holds its arguments. What stands for a tensor, an `OrderedDict` or a module is recognised by its name;
//! every other call stays a node that nobody looks at.

mod budget;
mod entries;
mod file;
mod pickle;
mod scalar;
mod tensors;
mod tree;

pub(super) use file::read;
