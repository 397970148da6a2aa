//! HDF5 files, as far as Keras writes them: groups, attributes that are strings, and datasets of numbers.
//!
//! It is read here and not through a crate: hdf5-pure 0.47 and hdf5-reader 0.12 expand each string of an attribute
//! anew, so that a file of 1 MB takes gigabytes when all its strings are one, and rust-hdf5 0.7 allocates what a
//! damaged size says. Here everything that is read is counted, and may be no more than twice the file. Not read are
//! datasets in chunks (compressed ones are), links into other files, and what very large groups of the newest layout
//! keep in a fractal heap.
//!
//! The format: "HDF5 File Format Specification Version 3.0", The HDF Group.

mod attribute;
mod cursor;
mod dataset;
mod group;
mod header;
mod reader;
mod tree;

pub(super) use tree::Tree;

/// What every HDF5 file starts with.
pub(super) const MAGIC: &[u8; 8] = b"\x89HDF\r\n\x1a\n";
