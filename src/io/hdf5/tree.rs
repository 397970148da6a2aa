//! [`Tree`]: all groups and datasets of an HDF5 file by their paths.

use super::MAGIC;
use super::attribute::{Attribute, Heaps};
use super::dataset::Dataset;
use super::group::read_members;
use super::header::{kind, read_messages};
use super::reader::Reader;
use crate::Float;
use crate::data::{invalid_data, quote};
use std::collections::{BTreeMap, BTreeSet};
use std::io;

/// The deepest path; Keras needs 6.
const DEEPEST: usize = 32;

/// All groups and datasets of a file by their paths, such as "layers/dense/vars/0"; the root is "".
#[derive(Debug)]
pub(crate) struct Tree<'a> {
    reader: Reader<'a>,
    heaps: Heaps<'a>,
    objects: BTreeMap<String, Object<'a>>,
}

/// A group, or a dataset.
#[derive(Debug)]
struct Object<'a> {
    attributes: BTreeMap<&'a [u8], Attribute<'a>>,
    dataset: Option<Dataset<'a>>,
}

impl<'a> Tree<'a> {
    /// Reads what the file holds; not yet the numbers.
    pub(crate) fn read(bytes: &'a [u8]) -> io::Result<Self> {
        let mut reader = Reader::new(bytes);
        let root = find_root(&mut reader)?;
        let (mut objects, mut seen) = (BTreeMap::new(), BTreeSet::new());
        let mut rest = vec![(String::new(), 0, root)];
        while let Some((path, depth, address)) = rest.pop() {
            if !seen.insert(address) {
                let text =
                    format!("expected one path to each object, found {} as a second one", quote(path.as_bytes()));
                return Err(invalid_data(text));
            }
            let messages = read_messages(&mut reader, address).map_err(in_object(&path))?;
            for (name, address) in read_members(&mut reader, &messages).map_err(in_object(&path))? {
                let name = std::str::from_utf8(name).ok().filter(|name| !name.is_empty() && !name.contains('/'));
                let wrong = || invalid_data(format!("expected the name of a member of {}", quote(path.as_bytes())));
                let name = name.ok_or_else(wrong)?;
                if depth == DEEPEST {
                    return Err(invalid_data(format!("expected at most {DEEPEST} groups in each other, found more")));
                }
                reader.count(path.len())?;
                let path = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
                rest.push((path, depth + 1, address));
            }
            let dataset = Dataset::of_messages(&messages).map_err(in_object(&path))?;
            let attributes = messages.iter().filter(|message| message.kind == kind::ATTRIBUTE);
            let attributes = attributes.map(|message| Attribute::of_message(message).map(|read| (read.name, read)));
            let attributes = attributes.collect::<io::Result<_>>().map_err(in_object(&path))?;
            if objects.contains_key(&path) {
                return Err(invalid_data(format!("expected one object called {}, found two", quote(path.as_bytes()))));
            }
            objects.insert(path, Object { attributes, dataset });
        }
        Ok(Self { reader, heaps: Heaps::default(), objects })
    }

    /// Returns whether there is such a group or dataset.
    pub(crate) fn contains(&self, path: &str) -> bool {
        self.objects.contains_key(path)
    }

    /// Returns the paths of all datasets below a group, which ends with a slash.
    pub(crate) fn datasets_below<'t>(&'t self, group: &'t str) -> impl Iterator<Item = &'t str> {
        let below = self.objects.range(group.to_owned()..).take_while(move |(path, _)| path.starts_with(group));
        below.filter(|(_, object)| object.dataset.is_some()).map(|(path, _)| path.as_str())
    }

    /// Returns the shape of a dataset; `None` if there is none at this path.
    pub(crate) fn shape(&self, path: &str) -> io::Result<Option<Vec<u64>>> {
        let dataset = self.objects.get(path).and_then(|object| object.dataset);
        dataset.map(|dataset| dataset.shape()).transpose().map_err(in_object(path))
    }

    /// Reads the strings of an attribute; `None` if there is no such attribute.
    pub(crate) fn strings(&mut self, path: &str, name: &str) -> io::Result<Option<Vec<&'a str>>> {
        let attribute = self.objects.get(path).and_then(|object| object.attributes.get(name.as_bytes()));
        let Some(attribute) = attribute else { return Ok(None) };
        attribute.read_strings(&mut self.reader, &mut self.heaps).map(Some).map_err(in_object(path))
    }

    /// Reads the numbers of a dataset.
    pub(crate) fn numbers<F: Float>(&mut self, path: &str) -> io::Result<Vec<F>> {
        let is_bfloat = self.strings(path, "dtype")?.as_deref() == Some(&["bfloat16"]);
        let Some(dataset) = self.objects.get(path).and_then(|object| object.dataset) else {
            return Err(invalid_data(format!("expected a dataset called {}, found none", quote(path.as_bytes()))));
        };
        dataset.read(&mut self.reader, is_bfloat).map_err(in_object(path))
    }
}

/// Returns the address of the root group: the superblock says it.
fn find_root(reader: &mut Reader<'_>) -> io::Result<u64> {
    let mut start = reader.cursor(0, 16)?;
    let is_hdf5 = start.take(MAGIC.len())? == MAGIC;
    let version = start.u8()?;
    // Where the sizes of addresses and lengths, the address that others count from, and that of the root stand.
    let (sizes, base, root) = match version {
        0 => (13, 24, 64),
        1 => (13, 28, 68),
        2 | 3 => (9, 12, 36),
        _ => (0, 0, 0),
    };
    if !is_hdf5 || root == 0 {
        return Err(invalid_data(format!("expected an HDF5 file of version 0 to 3, found version {version}")));
    }
    if reader.read(sizes, 2)? != [8, 8] || reader.cursor(base, 8)?.u64()? != 0 {
        return Err(invalid_data("expected addresses of 8 bytes from the start of the file, found others"));
    }
    reader.cursor(root, 8)?.u64()
}

/// Returns a function that adds the path of an object to an error, for `map_err`.
fn in_object(path: &str) -> impl FnOnce(io::Error) -> io::Error {
    move |error| invalid_data(format!("{}: {error}", quote(path.as_bytes())))
}
