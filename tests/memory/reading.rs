//! A file cannot make a reader take more memory than its own length justifies, whatever its header promises.

use crate::counting::largest_allocation;
use feedforward::data::*;

/// Buffers of files and decompressors are a few dozen kilobytes.
const ENOUGH: usize = 1 << 18;

/// Reads bytes as a file of this name, which must take little memory.
fn read<T>(
    name: &str,
    bytes: &[u8],
    read: impl Fn(&std::path::Path) -> feedforward::error::Result<T>,
) -> feedforward::error::Result<T> {
    let path = std::env::temp_dir().join(format!("feedforward-memory-{}-{name}", std::process::id()));
    std::fs::write(&path, bytes).unwrap();
    let (outcome, largest) = largest_allocation(|| read(&path));
    std::fs::remove_file(&path).ok();
    assert!(largest < ENOUGH, "{name} took {largest} bytes at once");
    outcome
}

fn refused(
    name: &str,
    bytes: &[u8],
    reader: impl Fn(&std::path::Path) -> feedforward::error::Result<ndarray::Array2<f64>>,
) {
    assert!(read(name, bytes, reader).is_err(), "{name}");
}

#[test]
fn an_idx_header_that_promises_the_world_takes_no_memory() {
    let idx = |element: u8, sizes: &[u32]| {
        let mut bytes = vec![0, 0, element, sizes.len() as u8];
        sizes.iter().for_each(|size| bytes.extend(size.to_be_bytes()));
        bytes.extend([1, 2, 3]);
        bytes
    };
    refused("two.idx", &idx(8, &[u32::MAX, 65_535]), |path| read_idx(path));
    refused("four.idx", &idx(0x0e, &[u32::MAX; 4]), |path| read_idx(path));
    // 4294967295 · 641 · 6700417 = 2^64 - 1: as many bytes as there can be at all.
    refused("most.idx", &idx(8, &[u32::MAX, 641, 6_700_417]), |path| read_idx(path));
}

/// A .npy file of one zero, with this header.
#[cfg(feature = "npy")]
fn npy(version: u8, text: &str) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY".to_vec();
    bytes.extend([version, 0]);
    let padded = format!("{text:117}\n");
    if version == 1 {
        bytes.extend((padded.len() as u16).to_le_bytes());
    } else {
        bytes.extend((padded.len() as u32).to_le_bytes());
    }
    bytes.extend(padded.bytes());
    bytes.extend([0; 8]);
    bytes
}

#[cfg(feature = "npy")]
#[test]
fn an_npy_header_that_promises_the_world_takes_no_memory() {
    for (name, shape) in [
        ("large", "'shape': (1000000000000,)"),
        ("overflow", "'shape': (18446744073709551615, 3)"),
        ("negative", "'shape': (-1,)"),
        ("twice", "'shape': (1,), 'shape': (1000000000000,)"),
        ("escaped", "'shape': (1,), '\\x73hape': (1000000000000,)"),
        ("quoted", "\"shape\": (1000000000000,)"),
        ("list", "'shape': [1000000000000]"),
    ] {
        for version in [1, 2] {
            let text = format!("{{'descr': '<f8', 'fortran_order': False, {shape}}}");
            refused(&format!("{name}-{version}.npy"), &npy(version, &text), |path| read_npy(path));
        }
    }
    let mut endless = npy(2, "{}");
    endless[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
    refused("endless.npy", &endless, |path| read_npy(path));
}

#[cfg(feature = "npy")]
#[test]
fn no_byte_of_an_archive_makes_it_take_more_memory() {
    for name in ["plain.npz", "packed.npz"] {
        let whole = std::fs::read(format!("{}/golden/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        for at in 0..whole.len() {
            for value in [0x00, 0x7f, 0xff] {
                let mut broken = whole.clone();
                broken[at] = value;
                // Some bytes are of no account, such as a date.
                let _ = read(name, &broken, |path| read_npz::<f64>(path, "inputs"));
            }
        }
    }
}

/// A file that holds far more than its header promises, in a few kilobytes once it is zipped.
#[cfg(feature = "npy")]
fn bomb() -> Vec<u8> {
    let mut bytes = npy(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (1,)}");
    bytes.resize(16 << 20, 0);
    bytes
}

#[cfg(feature = "npy")]
#[test]
fn a_zipped_file_that_unpacks_to_more_than_its_header_promises_is_not_unpacked() {
    use std::io::Write;
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let packed = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    archive.start_file("inputs.npy", packed).unwrap();
    archive.write_all(&bomb()).unwrap();
    let archive = archive.finish().unwrap().into_inner();
    let error = read("bomb.npz", &archive, |path| read_npz::<f64>(path, "inputs")).unwrap_err().to_string();
    assert!(error.contains("inputs: expected at most "), "{error}");

    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(&bomb()).unwrap();
    refused("bomb.npy.gz", &encoder.finish().unwrap(), |path| read_npy(path));
}
