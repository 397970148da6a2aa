//! Reading NumPy's .npy and .npz files.
//!
//! Both formats are read here and not through `ndarray-npy` and `zip`. The former parses a header with a grammar that
//! takes exponential time and unbounded stack for nested brackets; the latter searches a crafted directory again and
//! again.

use super::archive;
use super::elements::{Element, Kind, Layout, read_numbers};
use super::file::{in_file, invalid_data, quote, read_header_bytes};
use super::source::{Content, Source};
use crate::{Float, Result};
use ndarray::{Array2, ArrayD, IxDyn, ShapeBuilder};
use std::fs::File;
use std::io::{self, BufReader, Read};

/// What every .npy file starts with.
pub(super) const MAGIC: &[u8; 6] = b"\x93NUMPY";

/// The longest header that is read, in bytes; NumPy writes 128 with everything before it.
const LONGEST_HEADER: usize = 1 << 16;

/// Reads an array of numbers as a matrix: the first axis gives the rows, the others follow one another in each row.
///
/// An array of one axis becomes one column, a single number one row of one column. All numbers of NumPy are supported:
/// `bool`, whole numbers of 8 to 64 bits with and without sign, floats of 16, 32 and 64 bits, in either byte order, in
/// C or Fortran order, of up to 4 axes, in files of the versions 1.0 to 3.0, gzipped or not. Whole numbers too large
/// for the precision are rounded to the nearest. An `Ok` never holds NaN or infinity, and at least one number.
///
/// Memory for at most 2.5 times the result plus 1 MiB is allocated, and never by what the header alone says; a gzipped
/// file has a limit ([`Source`]).
///
/// # Errors
/// When the file cannot be read, is no .npy file, holds strings, objects, records, complex numbers or dates, fewer or
/// more numbers than its header says, or one that is not finite in this precision: the error names row and column.
///
/// ```
/// use feedforward::data::{read_npy, write_npy};
///
/// let path = std::env::temp_dir().join("feedforward-doctest.npy");
/// write_npy(&path, &ndarray::array![[1.0_f32, 2.0]])?;
/// assert_eq!(read_npy::<f64>(&path)?, ndarray::array![[1.0, 2.0]]);
/// # std::fs::remove_file(&path).ok();
/// # Ok::<(), feedforward::Error>(())
/// ```
pub fn read_npy<F: Float>(source: impl Into<Source>) -> Result<Array2<F>> {
    let source = source.into();
    parse(source.open()?).map_err(in_file(source.path()))
}

/// Reads one matrix of a .npz archive, by the name it was saved under.
///
/// Members may be compressed or not (`numpy.savez_compressed`, `numpy.savez`); the limit for compressed ones
/// ([`Source`]) counts from the compressed size of the member.
///
/// # Errors
/// When the file cannot be read, is no archive, has no matrix of this name (the error lists the names), or the matrix
/// is not as [`read_npy`] needs it.
///
/// ```no_run
/// // The file that Keras downloads.
/// let images = feedforward::data::read_npz::<f32>("mnist.npz", "x_train")? / 255.0;
/// assert_eq!(images.dim(), (60_000, 784));
/// # Ok::<(), feedforward::Error>(())
/// ```
pub fn read_npz<F: Float>(source: impl Into<Source>, name: &str) -> Result<Array2<F>> {
    let source = source.into();
    let read = || {
        let mut file = BufReader::new(File::open(source.path())?);
        let member = archive::find(&mut file, "matrix", name, ".npy")?;
        archive::open(&mut file, &member, &source).and_then(parse).map_err(in_member(name))
    };
    read().map_err(in_file(source.path()))
}

/// Returns a function that adds the name of a member to an error, for `map_err`.
fn in_member(name: &str) -> impl FnOnce(io::Error) -> io::Error {
    move |error| io::Error::new(error.kind(), format!("{name}: {error}"))
}

fn parse<F: Float>(mut content: Content<'_>) -> io::Result<Array2<F>> {
    let layout = read_header(&mut content.from)?;
    let dimensions = layout.dimensions()?;
    let mut values = read_numbers(&mut content, &layout)?;
    if layout.is_fortran {
        values.shrink_to_fit();
        let array = ArrayD::from_shape_vec(IxDyn(&layout.shape).f(), values);
        let array = array.map_err(|error| invalid_data(error.to_string()))?;
        (values, _) = array.as_standard_layout().into_owned().into_raw_vec_and_offset();
    }
    Array2::from_shape_vec(dimensions, values).map_err(|error| invalid_data(error.to_string()))
}

/// Reads everything before the numbers.
pub(super) fn read_header(from: &mut (impl Read + ?Sized)) -> io::Result<Layout> {
    let mut start = [0; 8];
    read_header_bytes(from, &mut start)?;
    let [magic @ .., major, minor] = start;
    if magic != *MAGIC {
        return Err(invalid_data(format!("expected a .npy file, found one that starts with {magic:02x?}")));
    }
    // The length of the text has 2 bytes in version 1, and 4 from version 2 on.
    let mut length = [0; 4];
    let size = match (major, minor) {
        (1, 0) => 2,
        (2 | 3, 0) => 4,
        _ => return Err(invalid_data(format!("expected a .npy file of version 1.0 to 3.0, found {major}.{minor}"))),
    };
    read_header_bytes(from, &mut length[..size])?;
    let length = u32::from_le_bytes(length) as usize;
    if length > LONGEST_HEADER {
        let text = format!("expected a header of at most {LONGEST_HEADER} bytes, found one of {length}");
        return Err(invalid_data(text));
    }
    let mut text = vec![0; length];
    read_header_bytes(from, &mut text)?;
    HeaderText { whole: &text, rest: &text }.parse((start.len() + size + length) as u64)
}

/// The text of a header: a Python dictionary of exactly the keys `descr`, `fortran_order` and `shape`.
///
/// It is read from left to right, once, without recursion.
struct HeaderText<'a> {
    whole: &'a [u8],
    rest: &'a [u8],
}

impl<'a> HeaderText<'a> {
    /// Reads the whole text; `header` is the length of everything before the numbers.
    fn parse(mut self, header: u64) -> io::Result<Layout> {
        let (mut element, mut is_fortran, mut shape) = (None, None, None);
        self.expect(b'{')?;
        while !self.accept(b'}') {
            let key = self.string()?;
            self.expect(b':')?;
            let is_new = match key {
                b"descr" => element.replace(self.element()?).is_none(),
                b"fortran_order" => is_fortran.replace(self.boolean()?).is_none(),
                b"shape" => shape.replace(self.shape()?).is_none(),
                _ => false,
            };
            if !is_new {
                return Err(self.wrong());
            }
            if !self.accept(b',') {
                self.expect(b'}')?;
                break;
            }
        }
        self.skip_space();
        match (element, is_fortran, shape) {
            (Some(element), Some(is_fortran), Some(shape)) if self.rest.is_empty() => {
                // One axis has one order.
                let is_fortran = is_fortran && shape.len() > 1;
                Ok(Layout { element, shape, is_fortran, header })
            }
            _ => Err(self.wrong()),
        }
    }

    #[cold]
    fn wrong(&self) -> io::Error {
        let expected = "expected a header like {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }";
        let at = self.whole.len() - self.rest.len();
        invalid_data(format!("{expected}, found {} and an error before byte {at} of it", quote(self.whole)))
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_ascii_start();
    }

    /// Skips space, and this byte if it comes next.
    fn accept(&mut self, byte: u8) -> bool {
        self.skip_space();
        match self.rest.split_first() {
            Some((&first, rest)) if first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    fn expect(&mut self, byte: u8) -> io::Result<()> {
        if self.accept(byte) { Ok(()) } else { Err(self.wrong()) }
    }

    /// Takes bytes as long as they are of a kind.
    fn take_while(&mut self, is_taken: impl Fn(u8) -> bool) -> &'a [u8] {
        let length = self.rest.iter().take_while(|&&byte| is_taken(byte)).count();
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }

    /// Takes a string in single or double quotes, without escapes.
    fn string(&mut self) -> io::Result<&'a [u8]> {
        let mark = if self.accept(b'"') { b'"' } else { b'\'' };
        if mark == b'\'' {
            self.expect(mark)?;
        }
        let text = self.take_while(|byte| byte != mark && byte != b'\\');
        match self.rest.split_first() {
            Some((&first, rest)) if first == mark => {
                self.rest = rest;
                Ok(text)
            }
            _ => Err(self.wrong()),
        }
    }

    fn boolean(&mut self) -> io::Result<bool> {
        self.skip_space();
        match self.take_while(|byte| byte.is_ascii_alphabetic()) {
            b"True" => Ok(true),
            b"False" => Ok(false),
            _ => Err(self.wrong()),
        }
    }

    /// Takes a tuple of at most 4 lengths; Python 2 wrote an L after each.
    fn shape(&mut self) -> io::Result<Vec<usize>> {
        const MOST: usize = 4;
        let mut shape = Vec::with_capacity(MOST);
        self.expect(b'(')?;
        while !self.accept(b')') {
            self.skip_space();
            let digits = std::str::from_utf8(self.take_while(|byte| byte.is_ascii_digit()));
            let length = digits.ok().and_then(|digits| digits.parse().ok()).ok_or_else(|| self.wrong())?;
            if shape.len() == MOST {
                return Err(invalid_data(format!("expected an array of at most {MOST} axes, found more")));
            }
            shape.push(length);
            self.rest = self.rest.strip_prefix(b"L").unwrap_or(self.rest);
            if !self.accept(b',') {
                // Without a comma, `(3)` is no tuple.
                self.expect(b')')?;
                if shape.len() == 1 {
                    return Err(self.wrong());
                }
                break;
            }
        }
        Ok(shape)
    }

    /// Takes the type of the elements.
    fn element(&mut self) -> io::Result<Element> {
        if self.accept(b'[') {
            return Err(invalid_data("expected numbers, found records with named fields (a structured type)"));
        }
        let text = self.string()?;
        let found = match text {
            [order, code @ ..] => match (element_kind(code), order) {
                (Ok(kind), b'<') => return Ok(Element { kind, is_big_endian: false }),
                (Ok(kind), b'>') => return Ok(Element { kind, is_big_endian: true }),
                (Ok(kind), b'|' | b'=') => return Ok(Element { kind, is_big_endian: cfg!(target_endian = "big") }),
                (Ok(_), _) => "an unknown byte order",
                (Err(found), _) => found,
            },
            [] => "no type",
        };
        Err(invalid_data(format!("expected numbers, found {found}: the type is {}", quote(text))))
    }
}

/// Returns the kind for a type code of NumPy without byte order, or what it stands for if it is no number.
fn element_kind(code: &[u8]) -> std::result::Result<Kind, &'static str> {
    Ok(match code {
        b"b1" => Kind::Bool,
        b"u1" => Kind::U8,
        b"i1" => Kind::I8,
        b"u2" => Kind::U16,
        b"i2" => Kind::I16,
        b"u4" => Kind::U32,
        b"i4" => Kind::I32,
        b"u8" => Kind::U64,
        b"i8" => Kind::I64,
        b"f2" => Kind::F16,
        b"f4" => Kind::F32,
        b"f8" => Kind::F64,
        [b'f', ..] => return Err("long doubles"),
        [b'c', ..] => return Err("complex numbers"),
        [b'S' | b'a', ..] => return Err("strings of bytes"),
        [b'U', ..] => return Err("strings"),
        [b'O', ..] => return Err("Python objects"),
        [b'V', ..] => return Err("raw bytes (a structured type, or one that NumPy does not know)"),
        [b'M', ..] => return Err("dates"),
        [b'm', ..] => return Err("spans of time"),
        _ => return Err("an unknown type"),
    })
}
