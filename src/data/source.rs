//! [`Source`]: a file to read, gzipped or not, and how far it may unpack.

use super::file::{in_file, invalid_data};
#[cfg(feature = "gzip")]
use super::gzip::Gunzip;
use crate::Result;
use std::fmt::Display;
use std::fs::File;
#[cfg(feature = "gzip")]
use std::io::Read;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

/// The two bytes that every gzipped file starts with.
pub(super) const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// How many times its packed size a file may unpack to, unless the caller says otherwise.
///
/// Measured with gzip: the images of MNIST and the bundled digits unpack to 4.7 and 4.6 times their size, tables of 10
/// and 100 one-hot columns to 20 and 73 times, one-hot floats of 32 bits to 237 times. Deflate cannot exceed 1032.
const UNPACK_RATIO: u64 = 200;

/// What a packed file may unpack to in addition, in bytes: small files of mostly zeros pass.
#[cfg(any(feature = "gzip", feature = "npy"))]
const UNPACK_SLACK: u64 = 4 << 20;

/// Names a file or folder to read, and how far it may unpack.
///
/// Every reader takes a path, or a `Source` to change the limit: a compressed file or archive member may unpack to 200
/// times its size plus 4 MiB. A larger one is an error, so that a small file of a stranger cannot exhaust the memory.
/// Files that are not compressed have no limit.
///
/// ```
/// use feedforward::data::{Csv, Source};
///
/// let table = Csv::new().without_header().read_file("examples/data/digits.csv.gz")?;
/// let trusted = Source::new("examples/data/digits.csv.gz").unpack_ratio(1032);
/// assert_eq!(Csv::new().without_header().read_file(trusted)?, table);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    path: PathBuf,
    unpack_ratio: u64,
}

impl Source {
    /// Names a file, or the folder of a data set, with the default limit.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), unpack_ratio: UNPACK_RATIO }
    }

    /// Lets a compressed file unpack to this many times its size, plus 4 MiB; 1032 lets every gzipped file pass.
    pub fn unpack_ratio(self, ratio: u32) -> Self {
        Self { unpack_ratio: ratio.into(), ..self }
    }

    /// Returns the path of the file or folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Names another file under the same limit.
    pub(super) fn at(&self, path: PathBuf) -> Self {
        Self { path, ..*self }
    }

    /// Returns the limit for a packed size in bytes.
    #[cfg(any(feature = "gzip", feature = "npy"))]
    pub(super) fn limit(&self, packed: u64) -> UnpackLimit {
        let bytes = packed.saturating_mul(self.unpack_ratio).saturating_add(UNPACK_SLACK);
        UnpackLimit { bytes, ratio: self.unpack_ratio }
    }

    /// Opens the file; one that starts as a gzipped file does is decompressed while it is read.
    pub(super) fn open(&self) -> Result<Content<'static>> {
        self.open_content().map_err(in_file(&self.path))
    }

    fn open_content(&self) -> io::Result<Content<'static>> {
        let file = File::open(&self.path)?;
        let metadata = file.metadata()?;
        let mut file = BufReader::new(file);
        if !file.fill_buf()?.starts_with(&GZIP_MAGIC) {
            let length = if metadata.is_file() { Length::Exact(metadata.len()) } else { Length::Unknown };
            return Ok(Content { from: Box::new(file), length });
        }
        #[cfg(feature = "gzip")]
        {
            let limit = self.limit(metadata.len());
            let from = Limited { from: Gunzip::new(file), left: limit.bytes, limit };
            Ok(Content { from: Box::new(BufReader::new(from)), length: Length::AtMost(limit) })
        }
        #[cfg(not(feature = "gzip"))]
        Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "expected a file that is not compressed, found a gzipped one: reading it needs the feature `gzip`",
        ))
    }
}

impl<P: AsRef<Path>> From<P> for Source {
    fn from(path: P) -> Self {
        Self::new(path.as_ref())
    }
}

/// The unpacked content of a file or archive member.
pub(super) struct Content<'a> {
    pub(super) from: Box<dyn BufRead + 'a>,
    pub(super) length: Length,
}

/// What is known of the length of a content before it is read.
#[derive(Clone, Copy)]
pub(super) enum Length {
    /// The file has this many bytes.
    Exact(u64),
    /// An archive claims this many bytes.
    #[cfg(feature = "npy")]
    Claimed(u64),
    /// The content is packed, and may not have more.
    #[cfg(feature = "gzip")]
    AtMost(UnpackLimit),
    /// The file is a pipe or a device.
    Unknown,
}

impl Content<'_> {
    /// Demands that the content can have this many bytes, before memory is allocated for them.
    ///
    /// `shape` is what the header says.
    pub(super) fn demand_length(&self, bytes: u64, shape: &[usize]) -> io::Result<()> {
        match self.length {
            #[cfg(feature = "npy")]
            Length::Claimed(found) if bytes != found => Err(wrong_length(bytes, shape, found)),
            Length::Exact(found) if bytes != found => Err(wrong_length(bytes, shape, found)),
            #[cfg(feature = "gzip")]
            Length::AtMost(limit) if bytes > limit.bytes => Err(limit.exceeded(bytes)),
            _ => Ok(()),
        }
    }
}

/// Makes the error of a content that is shorter or longer than its header says.
#[cold]
pub(super) fn wrong_length(bytes: u64, shape: &[usize], found: impl Display) -> io::Error {
    invalid_data(format!("expected a file of {bytes} bytes for the shape {shape:?} in its header, found {found}"))
}

/// How many bytes something packed may unpack to.
#[derive(Clone, Copy)]
#[cfg(any(feature = "gzip", feature = "npy"))]
pub(super) struct UnpackLimit {
    pub(super) bytes: u64,
    ratio: u64,
}

#[cfg(any(feature = "gzip", feature = "npy"))]
impl UnpackLimit {
    /// Makes the error of a content that is larger; says how to read it nevertheless.
    #[cold]
    pub(super) fn exceeded(self, found: impl Display) -> io::Error {
        let Self { bytes, ratio } = self;
        let remedy = "if you trust its source, read it with a higher `Source::unpack_ratio`";
        let expected = format!("expected at most {bytes} unpacked bytes ({ratio} times the packed size plus 4 MiB)");
        invalid_data(format!("{expected}, found {found}; {remedy}"))
    }
}

/// Reads no more than the limit; a content that goes on is an error.
#[cfg(feature = "gzip")]
struct Limited<R> {
    from: R,
    left: u64,
    limit: UnpackLimit,
}

#[cfg(feature = "gzip")]
impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left.saturating_add(1)).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.from.read(&mut buffer[..most])?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| self.limit.exceeded("more"))?;
        Ok(read)
    }
}
