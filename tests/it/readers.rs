//! Readers give what is in the file, and an error for everything that is not whole.

use feedforward::data::*;
use ndarray::{Array2, array};
use proptest::prelude::*;
use std::io::Write;
use std::path::PathBuf;

/// A file that is gone again when the test is over.
struct Temporary(PathBuf);

impl Temporary {
    fn new(name: &str, bytes: &[u8]) -> Self {
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

fn zipped(bytes: &[u8]) -> Vec<u8> {
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
        assert!(words.ends_with("the file is gzipped: reading it needs the feature `gzip`"), "{words}");
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
    assert!(read_idx::<f32>(&more.0).unwrap_err().to_string().contains("found more"));
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

#[cfg(all(feature = "gzip", feature = "csv"))]
#[test]
fn every_prefix_of_a_gzipped_table_is_an_error() {
    let whole = zipped(b"a,b,label\n1,2,x\n3,4,y\n5,6,x\n");
    let read = |bytes: &[u8]| Csv::new().read_file::<f64>(&Temporary::new("table.csv.gz", bytes).0);
    assert_eq!(read(&whole).unwrap().inputs.dim(), (3, 2));
    for length in 0..whole.len() {
        assert!(read(&whole[..length]).is_err(), "{length} bytes");
    }
}

/// The end of a plain table cannot be told from a cut, so some prefixes are tables: never with other rows than the whole.
#[cfg(feature = "csv")]
#[test]
fn a_prefix_of_a_plain_table_is_an_error_or_a_shorter_table() {
    let text = "a,b,label\n1,2.5,x\n3,-4e1,yy\n";
    let whole = Csv::new().read::<f64>(text.as_bytes()).unwrap();
    for length in 0..text.len() {
        if let Ok(table) = Csv::new().read::<f64>(&text.as_bytes()[..length]) {
            let rows = table.inputs.nrows();
            assert!(rows == 1 || length > "a,b,label\n1,2.5,x\n".len(), "{length} bytes");
            assert_eq!(table.inputs, whole.inputs.slice(ndarray::s![..rows, ..]), "{length} bytes");
        }
    }
}

#[test]
fn missing_files_are_named() {
    let error = read_idx::<f32>("no/such/file").unwrap_err().to_string();
    assert!(error.starts_with("no/such/file: "), "{error}");
    let error = mnist::<f32>("no/such/folder").unwrap_err().to_string();
    assert_eq!(
        error,
        "no/such/folder: expected a file called train-images-idx3-ubyte or train-images-idx3-ubyte.gz, found neither"
    );
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

    #[cfg(feature = "csv")]
    #[test]
    fn random_text_never_panics_the_table_reader(text in "[0-9a,.\n\" -]{0,60}", header in any::<bool>()) {
        let reader = if header { Csv::new() } else { Csv::new().without_header() };
        if let Ok(table) = reader.read::<f64>(text.as_bytes()) {
            prop_assert_eq!(table.labels.len(), table.inputs.nrows());
        }
    }
}

#[cfg(feature = "csv")]
#[test]
fn the_bundled_tables_are_read() {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/");
    let digits = Csv::new().without_header().read_file::<f32>(format!("{data}digits.csv.gz")).unwrap();
    assert_eq!(digits.inputs.dim(), (1797, 64));
    assert_eq!(digits.labels[..3], ["0", "1", "2"]);
    let diabetes = Csv::new().label("target").read_file::<f64>(format!("{data}diabetes.csv")).unwrap();
    assert_eq!((diabetes.inputs.dim(), diabetes.targets().unwrap()[[0, 0]]), ((442, 10), 151.0));
    assert_eq!(diabetes.names[..2], ["age", "sex"]);
}

#[cfg(feature = "csv")]
#[test]
fn what_is_wrong_with_a_table_is_said_with_its_line() {
    let words = |reader: Csv, text: &str| reader.read::<f64>(text.as_bytes()).unwrap_err().to_string();
    assert_eq!(words(Csv::new(), "a,b\n1,x\nno,y\n"), "table: line 3, column 1: expected a number, found \"no\"");
    assert_eq!(words(Csv::new(), "a,b\nNaN,y\n"), "table: line 2, column 1: expected a number, found \"NaN\"");
    let narrow = Csv::new().read::<f32>("a,b\n1e39,y\n".as_bytes()).unwrap_err().to_string();
    assert_eq!(narrow, "table: line 2, column 1: expected a number, found \"1e39\"");
    assert!(words(Csv::new(), "a,b\n1,x\n1,2,3\n").contains("line: 3"));
    assert!(words(Csv::new().label("c"), "a,b\n1,x\n").contains("a column called \"c\""));
    assert!(words(Csv::new().label_at(7), "a,b\n1,x\n").contains("expected a column 7"));
    assert!(words(Csv::new(), "").contains("at least one line"));
    assert!(words(Csv::new(), "a,b\n").contains("at least one line"));
    let spaces =
        Csv::new().without_header().delimiter(b' ').without_label().read::<f64>("1 2\n3 4\n".as_bytes()).unwrap();
    assert_eq!(spaces.inputs, array![[1.0, 2.0], [3.0, 4.0]]);
    let first = Csv::new().label_at(0).read::<f64>("kind,a,b\nx,1,2\n".as_bytes()).unwrap();
    assert_eq!((first.labels, first.names), (vec!["x".to_owned()], vec!["a".to_owned(), "b".to_owned()]));
    let unread = Csv::new().read::<f64>("a,b\n1,x\n".as_bytes()).unwrap().targets().unwrap_err();
    assert_eq!(unread.to_string(), "Csv: expected a number in row 0 of the targets, found \"x\"");
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
        assert!(missing.contains("expected a matrix called weights, found "), "{missing}");
        assert!(missing.contains("inputs") && missing.contains("labels"), "{missing}");
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
