//! Readers give what is in the file, and an error for everything that is not whole.

use feedforward::data::*;
use ndarray::{Array2, array};
use proptest::prelude::*;
use std::io::Write;
use std::path::PathBuf;

/// A file that is gone again when the test is over.
pub struct Temporary(pub PathBuf);

impl Temporary {
    pub fn new(name: &str, bytes: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("feedforward-{}-{name}", std::process::id()));
        std::fs::write(&path, bytes).unwrap();
        Self(path)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).ok();
    }
}

/// An IDX file of bytes: 2 examples of 2 x 3.
fn images() -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3];
    bytes.extend(0..12);
    bytes
}

pub fn zipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn idx_files_are_read_plain_and_zipped() {
    let expected = Array2::from_shape_fn((2, 6), |(row, column)| (row * 6 + column) as f32);
    assert_eq!(read_idx::<f32>(&Temporary::new("plain.idx", &images()).0).unwrap(), expected);
    let packed = read_idx::<f32>(&Temporary::new("packed.idx.gz", &zipped(&images())).0);
    if cfg!(feature = "gzip") {
        assert_eq!(packed.unwrap(), expected);
    } else {
        let words = packed.unwrap_err().to_string();
        assert!(words.ends_with("found a gzipped one: reading it needs the feature `gzip`"), "{words}");
    }
    for (code, bytes, number) in [
        (0x09, vec![0xff], -1.0),
        (0x0b, (-300_i16).to_be_bytes().to_vec(), -300.0),
        (0x0c, 70_000_i32.to_be_bytes().to_vec(), 70_000.0),
        (0x0d, 1.5_f32.to_be_bytes().to_vec(), 1.5),
        (0x0e, (-2.25_f64).to_be_bytes().to_vec(), -2.25),
    ] {
        let whole = [vec![0, 0, code, 1, 0, 0, 0, 1], bytes].concat();
        let file = Temporary::new(&format!("type-{code}.idx"), &whole);
        assert_eq!(read_idx::<f64>(&file.0).unwrap(), array![[number]]);
    }
}

#[test]
fn every_prefix_of_an_idx_file_is_an_error_and_so_is_more_than_promised() {
    for (name, whole) in [("prefix.idx", images()), ("prefix.idx.gz", zipped(&images()))] {
        for length in 0..whole.len() {
            let file = Temporary::new(&format!("{length}-{name}"), &whole[..length]);
            assert!(read_idx::<f32>(&file.0).is_err(), "{length} bytes of {name}");
        }
    }
    let more = Temporary::new("more.idx", &[images(), vec![0]].concat());
    let words = read_idx::<f32>(&more.0).unwrap_err().to_string();
    let expected = "expected a file of 28 bytes for the shape [2, 2, 3] in its header, found";
    assert!(words.ends_with(&format!("{expected} 29")), "{words}");
    if cfg!(feature = "gzip") {
        let more = Temporary::new("more.idx.gz", &zipped(&[images(), vec![0]].concat()));
        let words = read_idx::<f32>(&more.0).unwrap_err().to_string();
        assert!(words.ends_with(&format!("{expected} more")), "{words}");
    }
}

#[cfg(feature = "gzip")]
#[test]
fn a_gzipped_file_may_come_in_pieces_but_not_with_anything_behind() {
    let (first, second) = (images()[..10].to_vec(), images()[10..].to_vec());
    let pieces = [zipped(&first), zipped(&second)].concat();
    assert_eq!(read_idx::<f32>(&Temporary::new("pieces.idx.gz", &pieces).0).unwrap().dim(), (2, 6));
    let garbage = [zipped(&images()), b"garbage".to_vec()].concat();
    assert!(read_idx::<f32>(&Temporary::new("garbage.idx.gz", &garbage).0).is_err());
}

#[cfg(feature = "gzip")]
#[test]
fn zeros_after_a_gzipped_file_are_ignored_and_anything_else_is_refused() {
    let read = |bytes: &[u8]| read_idx::<f32>(&Temporary::new("padded.idx.gz", bytes).0);
    for zeros in [1, 512, 100_000] {
        let padded = [zipped(&images()), vec![0; zeros]].concat();
        assert_eq!(read(&padded).unwrap().dim(), (2, 6));
    }
    let more = [zipped(&images()), vec![0; 20_000], vec![1]].concat();
    let words = read(&more).unwrap_err().to_string();
    assert!(words.ends_with("expected nothing but zeros after the gzipped content, found other bytes"), "{words}");
}

#[cfg(feature = "gzip")]
#[test]
fn a_packed_file_may_unpack_to_200_times_its_size_unless_the_caller_trusts_it() {
    // 16 MiB of zeros in 16 KiB.
    let mut zeros = vec![0, 0, 8, 2, 1, 0, 0, 0, 0, 0, 0, 1];
    zeros.resize(12 + (16 << 20), 0);
    let file = Temporary::new("zeros.idx.gz", &zipped(&zeros));
    let packed = std::fs::metadata(&file.0).unwrap().len();
    let words = read_idx::<f32>(&file.0).unwrap_err().to_string();
    let limit = 200 * packed + (4 << 20);
    let expected = format!("expected at most {limit} unpacked bytes (200 times the packed size plus 4 MiB)");
    let remedy = "if you trust its source, read it with a higher `Source::unpack_ratio`";
    assert!(words.ends_with(&format!("{expected}, found {}; {remedy}", zeros.len())), "{words}");
    let trusted = Source::new(&file.0).unpack_ratio(1032);
    assert_eq!(read_idx::<f32>(trusted).unwrap().dim(), (16 << 20, 1));
}

#[test]
fn numbers_that_are_not_finite_are_named() {
    let numbers = [1.0, 2.0, 1e300, f64::NAN].map(f64::to_be_bytes).concat();
    let file = Temporary::new("nan.idx", &[vec![0, 0, 0x0e, 2, 0, 0, 0, 2, 0, 0, 0, 2], numbers].concat());
    let words = read_idx::<f64>(&file.0).unwrap_err().to_string();
    let expected = "expected numbers that are finite as f64, found NaN in row 1, column 1 (counted from 0)";
    assert!(words.ends_with(expected), "{words}");
    let words = read_idx::<f32>(&file.0).unwrap_err().to_string();
    let expected = "expected numbers that are finite as f32, found 1e300 in row 1, column 0 (counted from 0)";
    assert!(words.ends_with(expected), "{words}");
}

#[test]
fn an_idx_file_without_a_number_is_refused() {
    for sizes in [[0, 3], [3, 0]] {
        let file = Temporary::new("empty.idx", &[0, 0, 8, 2, 0, 0, 0, sizes[0], 0, 0, 0, sizes[1]]);
        let words = read_idx::<f32>(&file.0).unwrap_err().to_string();
        assert!(words.contains("expected at least one number, found the shape ["), "{words}");
    }
}

#[test]
fn missing_files_are_named() {
    let error = read_idx::<f32>("no/such/file").unwrap_err().to_string();
    assert!(error.starts_with("no/such/file: "), "{error}");
    let usual = "train-images-idx3-ubyte, train-images.idx3-ubyte";
    let gzipped = "train-images-idx3-ubyte.gz or train-images.idx3-ubyte.gz";
    let error = mnist::<f32>("no/such/folder").unwrap_err().to_string();
    assert_eq!(error, format!("no/such/folder: expected a file called {usual}, {gzipped}, found none of them"));
    let error = emnist::<f32>("no/such/folder", "letters").unwrap_err().to_string();
    assert!(error.contains("called emnist-letters-train-images-idx3-ubyte, "), "{error}");
}

/// A folder with these files that is gone again when the test is over.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, files: &[(&str, Vec<u8>)]) -> Self {
        let folder = std::env::temp_dir().join(format!("feedforward-{}-{name}", std::process::id()));
        for (file, bytes) in files {
            let path = folder.join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

fn labels() -> Vec<u8> {
    vec![0, 0, 8, 1, 0, 0, 0, 2, 7, 3]
}

#[test]
fn mnist_is_found_under_the_names_that_unpackers_leave() {
    for (name, [images_name, labels_name]) in [
        ("usual", ["images-idx3-ubyte", "labels-idx1-ubyte"]),
        ("dotted", ["images.idx3-ubyte", "labels.idx1-ubyte"]),
        ("mixed", ["images-idx3-ubyte", "labels.idx1-ubyte"]),
        ("nested", ["images-idx3-ubyte/train-images.idx3-ubyte", "labels.idx1-ubyte"]),
    ] {
        let nested = |part: &str, file: &str| format!("{part}-{}", file.replace("train", part));
        let mut files = Vec::new();
        for part in ["train", "t10k"] {
            files.push((nested(part, images_name), images()));
            files.push((nested(part, labels_name), labels()));
        }
        for zip in [false, cfg!(feature = "gzip")] {
            let files: Vec<_> = files
                .iter()
                .map(|(file, bytes)| (format!("{file}{}", if zip { ".gz" } else { "" }), bytes.clone()))
                .map(|(file, bytes)| (file, if zip { zipped(&bytes) } else { bytes }))
                .collect();
            let files: Vec<_> = files.iter().map(|(file, bytes)| (file.as_str(), bytes.clone())).collect();
            let folder = Folder::new(&format!("mnist-{name}-{zip}"), &files);
            let (train, test) = mnist::<f64>(&folder.0).unwrap();
            assert_eq!((train.len(), test.len()), (2, 2), "{name}");
            assert_eq!(train.inputs()[[1, 5]], 11.0 / 255.0);
            assert_eq!(train.targets(), array![[7.0], [3.0]]);
        }
    }
}

#[test]
fn emnist_is_found_by_its_split_and_wrong_counts_name_the_files() {
    let files = [
        ("emnist-digits-train-images-idx3-ubyte", images()),
        ("emnist-digits-train-labels-idx1-ubyte", labels()),
        ("emnist-digits-test-images-idx3-ubyte", images()),
        ("emnist-digits-test-labels-idx1-ubyte", labels()),
        ("train-images-idx3-ubyte", images()),
        ("train-labels-idx1-ubyte", vec![0, 0, 8, 1, 0, 0, 0, 1, 7]),
    ];
    let folder = Folder::new("emnist", &files);
    assert_eq!(emnist::<f32>(&folder.0, "digits").unwrap().1.len(), 2);
    let words = mnist::<f32>(&folder.0).unwrap_err().to_string();
    assert!(words.contains("train-labels-idx1-ubyte: expected one label for each of the 2 images of "), "{words}");
    assert!(words.ends_with("train-images-idx3-ubyte, found 1 rows of 1"), "{words}");
}

proptest! {
    #[test]
    fn random_bytes_are_no_idx_file(bytes in prop::collection::vec(any::<u8>(), 0..64), like in any::<bool>()) {
        let mut bytes = bytes;
        if like && bytes.len() > 3 {
            bytes[..3].copy_from_slice(&[0, 0, 8]);
        }
        let file = Temporary::new("random.idx", &bytes);
        if let Ok(matrix) = read_idx::<f64>(&file.0) {
            prop_assert!(matrix.len() < 64);
        }
        #[cfg(feature = "npy")]
        prop_assert!(read_npy::<f64>(&file.0).is_err());
    }
}

/// What NumPy wrote, by name: see `golden/npy.py`.
#[cfg(feature = "npy")]
pub fn golden_arrays() -> std::collections::BTreeMap<String, Vec<u8>> {
    let archive = std::fs::File::open(golden("npy.npz")).unwrap();
    let mut archive = zip::ZipArchive::new(archive).unwrap();
    let names: Vec<_> = archive.file_names().map(str::to_owned).collect();
    let content = |name: String| {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut archive.by_name(&name).unwrap(), &mut bytes).unwrap();
        (name.trim_end_matches(".npy").to_owned(), bytes)
    };
    names.into_iter().map(content).collect()
}

#[cfg(feature = "npy")]
pub fn golden(file: &str) -> String {
    format!("{}/golden/{file}", env!("CARGO_MANIFEST_DIR"))
}

#[cfg(feature = "npy")]
#[test]
fn arrays_of_numpy_are_read_in_every_type_order_version_and_number_of_axes() {
    let text = std::fs::read_to_string(golden("npy.json")).unwrap();
    let expected: std::collections::BTreeMap<String, crate::common::Matrix> = serde_json::from_str(&text).unwrap();
    let files = golden_arrays();
    assert_eq!(expected.len(), 12 * 2 * 2 * 4 + 3 + 1 + 2);
    for (name, rows) in expected {
        let expected = crate::common::matrix::<f64>(&rows);
        let file = Temporary::new(&format!("{name}.npy"), &files[&name]);
        assert_eq!(read_npy::<f64>(&file.0).unwrap(), expected, "{name}");
        assert_eq!(read_npz::<f64>(golden("npy.npz"), &name).unwrap(), expected, "{name}");
        let narrow = read_npy::<f32>(&file.0);
        match expected.iter().all(|&value| (value as f32).is_finite()) {
            true => assert_eq!(narrow.unwrap(), expected.mapv(|value| value as f32), "{name}"),
            false => assert!(narrow.unwrap_err().to_string().contains("finite as f32"), "{name}"),
        }
    }
}

#[cfg(feature = "npy")]
#[test]
fn what_is_no_number_in_an_array_of_numpy_is_named() {
    let files = golden_arrays();
    for (name, words) in [
        ("bytes", "expected numbers, found strings of bytes: the type is \"|S3\""),
        ("strings", "expected numbers, found strings: the type is \"<U3\""),
        ("objects", "expected numbers, found Python objects: the type is \"|O\""),
        ("structured", "expected numbers, found records with named fields (a structured type)"),
        (
            "raw",
            "expected numbers, found raw bytes (a structured type, or one that NumPy does not know): the type is \"|V3\"",
        ),
        ("complex", "expected numbers, found complex numbers: the type is \"<c16\""),
        ("dates", "expected numbers, found dates: the type is \"<M8[D]\""),
        ("spans", "expected numbers, found spans of time: the type is \"<m8[s]\""),
        ("long", "expected numbers, found long doubles: the type is \"<f16\""),
        ("axes", "expected an array of at most 4 axes, found more"),
        ("empty", "expected at least one number, found the shape [0, 3]"),
        ("columnless", "expected at least one number, found the shape [3, 0]"),
        ("nan", "expected numbers that are finite as f64, found NaN in row 1, column 0 (counted from 0)"),
        ("infinite", "expected numbers that are finite as f64, found -inf in row 0, column 2 (counted from 0)"),
    ] {
        let file = Temporary::new(&format!("refused-{name}.npy"), &files[&format!("refused-{name}")]);
        let found = read_npy::<f64>(&file.0).unwrap_err().to_string();
        assert_eq!(found, format!("{}: {words}", file.0.display()));
    }
}

#[cfg(feature = "npy")]
#[test]
fn written_arrays_have_the_bytes_of_numpy() {
    fn written<F: feedforward::Float>(rows: usize, columns: usize) -> Vec<u8> {
        let value = |(row, column)| F::from_f64((row * columns + column) as f64 * 0.5 - 1.0);
        let file = Temporary::new(&format!("written-{}-{rows}-{columns}.npy", size_of::<F>()), b"");
        write_npy(&file.0, &Array2::from_shape_fn((rows, columns), value)).unwrap();
        std::fs::read(&file.0).unwrap()
    }
    let files = golden_arrays();
    for (rows, columns) in [(2, 3), (1, 1), (12_345, 1), (1, 100)] {
        assert!(written::<f32>(rows, columns) == files[&format!("written-f4-{rows}-{columns}")], "{rows} x {columns}");
        assert!(written::<f64>(rows, columns) == files[&format!("written-f8-{rows}-{columns}")], "{rows} x {columns}");
    }
    // In any order in memory.
    let matrix = array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.5]];
    let file = Temporary::new("transposed.npy", b"");
    write_npy(&file.0, &matrix.t()).unwrap();
    assert_eq!(read_npy::<f64>(&file.0).unwrap(), matrix.t());
}

#[cfg(feature = "npy")]
#[test]
fn the_header_is_exactly_a_dictionary_of_three_keys() {
    let read = |header: &str| {
        let mut bytes = b"\x93NUMPY\x01\0".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.bytes());
        bytes.extend([1, 2]);
        read_npy::<f32>(&Temporary::new("header.npy", &bytes).0)
    };
    for header in [
        "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2), }   \n",
        "{'shape': (1, 2), 'fortran_order': False, 'descr': '<u1'}",
        "{ \"shape\":(1,2,) , \"descr\":\"|u1\",\"fortran_order\":True }",
        "{'descr': '=u1', 'fortran_order': False, 'shape': (1L, 2L), }",
    ] {
        assert_eq!(read(header).unwrap(), array![[1.0, 2.0]], "{header}");
    }
    for header in [
        "",
        "{}",
        "{'descr': '|u1', 'fortran_order': False}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (2,), 'shape': (2,)}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (2,), 'more': (2,)}",
        "{'descr': '|u1', 'fortran_order': false, 'shape': (2,)}",
        "{'descr': '|u1', 'fortran_order': 0, 'shape': (2,)}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (2)}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': [2]}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (-2,)}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (2,,)}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (2,)} + 1",
        "{'descr': '|u\\x31', 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '?u1', 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '', 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '|u1' 'fortran_order': False, 'shape': (2,)}",
    ] {
        assert!(read(header).is_err(), "{header}");
    }
    let words = read("{'descr': '|u1', 'fortran_order': maybe}").unwrap_err().to_string();
    let expected = "expected a header like {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }, found ";
    assert!(words.contains(expected), "{words}");
}

#[cfg(feature = "npy")]
#[test]
fn npy_files_come_back_and_no_prefix_does() {
    let file = Temporary::new("matrix.npy", b"");
    let matrix = array![[1.0_f32, 2.0, 3.0], [4.0, 5.0, 6.5]];
    write_npy(&file.0, &matrix).unwrap();
    assert_eq!(read_npy::<f32>(&file.0).unwrap(), matrix);
    let whole = std::fs::read(&file.0).unwrap();
    for length in 0..whole.len() {
        let prefix = Temporary::new(&format!("{length}.npy"), &whole[..length]);
        assert!(read_npy::<f32>(&prefix.0).is_err(), "{length} bytes");
    }
    let longer = Temporary::new("longer.npy", &[&whole[..], &[0]].concat());
    assert!(read_npy::<f32>(&longer.0).is_err());
    let text = String::from_utf8_lossy(&whole[..128]).into_owned();
    let at = text.find("(2, 3)").unwrap();
    let mut lying = whole.clone();
    lying[at - 1..at + 6].copy_from_slice(b"(99999)");
    assert!(read_npy::<f32>(&Temporary::new("lying.npy", &lying).0).is_err());
}

#[cfg(feature = "npy")]
#[test]
fn npz_archives_of_numpy_are_read_and_no_prefix_is() {
    for name in ["plain.npz", "packed.npz"] {
        let path = format!("{}/golden/{name}", env!("CARGO_MANIFEST_DIR"));
        assert_eq!(read_npz::<f64>(&path, "inputs").unwrap(), array![[1.5, -2.0], [0.25, 4.0], [0.0, 1e-3]]);
        assert_eq!(read_npz::<f32>(&path, "labels").unwrap(), array![[0.0], [1.0], [1.0]]);
        let missing = read_npz::<f64>(&path, "weights").unwrap_err().to_string();
        let expected = "expected a matrix called weights, found \"inputs\", \"labels\"";
        assert!(missing.ends_with(expected), "{missing}");
        let whole = std::fs::read(&path).unwrap();
        for length in 0..whole.len() {
            let prefix = Temporary::new(&format!("{length}.{name}"), &whole[..length]);
            assert!(read_npz::<f32>(&prefix.0, "inputs").is_err(), "{length} bytes");
        }
        for at in 0..whole.len() {
            let mut broken = whole.clone();
            broken[at] ^= 0x55;
            let broken = Temporary::new(&format!("broken.{name}"), &broken);
            // A flipped byte may be of no account, such as a date; it must never be a panic.
            let _ = read_npz::<f32>(&broken.0, "inputs");
        }
    }
}
