//! [`External`]: the numbers of a model that lie in files beside it.

use crate::data::{invalid_data, quote};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};

/// The folder of a model, and what was read from the files in it.
#[derive(Debug)]
pub(super) struct External {
    /// `None` for a model in memory, which has no folder.
    folder: Option<PathBuf>,
    /// The parts that were read: file, first byte, byte behind the last.
    parts: Vec<(PathBuf, u64, u64)>,
}

/// What a model says of numbers in another file.
#[derive(Debug, Default)]
pub(super) struct Place {
    pub(super) location: String,
    pub(super) offset: u64,
    pub(super) length: Option<u64>,
}

impl External {
    pub(super) fn new(folder: Option<&Path>) -> Self {
        Self { folder: folder.map(Path::to_owned), parts: Vec::new() }
    }

    /// Returns how many bytes were read.
    pub(super) fn bytes_read(&self) -> u64 {
        self.parts.iter().map(|(_, start, end)| end - start).sum()
    }

    /// Reads this many bytes from a file in the folder of the model.
    ///
    /// The name must be that of a regular file in the folder itself, parts may not overlap, and the file must have all
    /// the bytes: so no model reads other files, or more than they have.
    pub(super) fn read(&mut self, place: &Place, bytes: u64) -> io::Result<Vec<u8>> {
        let name = quote(place.location.as_bytes());
        let Some(folder) = &self.folder else {
            let found = format!("a model in memory whose numbers are in {name}: load it from its file");
            return Err(invalid_data(format!("expected all numbers in the model, found {found}")));
        };
        let path = find(folder, &place.location).map_err(|error| in_data(&name, &error))?;
        if let Some(length) = place.length.filter(|&length| length != bytes) {
            return Err(invalid_data(format!("expected a part of {bytes} bytes in {name}, found one of {length}")));
        }
        let mut file = File::open(&path).map_err(|error| in_data(&name, &error))?;
        let found = file.metadata().map_err(|error| in_data(&name, &error))?.len();
        let (start, end) = (place.offset, place.offset.checked_add(bytes));
        let Some(end) = end.filter(|&end| end <= found) else {
            let expected = format!("expected {bytes} bytes from byte {start} on in {name}");
            return Err(invalid_data(format!("{expected}, found a file of {found} bytes")));
        };
        let part = (path, start, end);
        // A tensor may be used several times.
        let is_known = self.parts.contains(&part);
        let overlaps = |(other, first, last): &(PathBuf, u64, u64)| *other == part.0 && start < *last && *first < end;
        if !is_known && self.parts.iter().any(overlaps) {
            let found = format!("bytes {start} to {end}, some of another part");
            return Err(invalid_data(format!("expected parts that do not overlap in {name}, found {found}")));
        }
        let mut content = Vec::new();
        let length = usize::try_from(bytes).unwrap_or(usize::MAX);
        content.try_reserve_exact(length).map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
        file.seek(SeekFrom::Start(start)).map_err(|error| in_data(&name, &error))?;
        file.take(bytes).read_to_end(&mut content).map_err(|error| in_data(&name, &error))?;
        if content.len() < length {
            return Err(invalid_data(format!("expected {bytes} bytes in {name}, found {}", content.len())));
        }
        if !is_known {
            self.parts.push(part);
        }
        Ok(content)
    }
}

/// Returns the real path of a regular file of this name in this folder.
fn find(folder: &Path, name: &str) -> io::Result<PathBuf> {
    let refused = |found: &str| Err(invalid_data(format!("expected a file in the folder of the model, found {found}")));
    // Windows has a second separator, and names with a colon; a model that is refused there is refused everywhere.
    let is_name = matches!(Path::new(name).components().collect::<Vec<_>>()[..], [Component::Normal(_)]);
    if !is_name || name.contains(['/', '\\', ':', '\0']) {
        return refused("a path");
    }
    let path = folder.join(name).canonicalize()?;
    if path.parent() != Some(&*folder.canonicalize()?) {
        return refused("a link to another one");
    }
    if path.metadata()?.is_file() { Ok(path) } else { refused("no regular file") }
}

/// Says which file an error belongs to.
fn in_data(name: &str, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("external data {name}: {error}"))
}
