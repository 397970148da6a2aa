//! A file cannot make a reader take more memory than its own length justifies: promises of its header do not count.

#[cfg(all(feature = "csv", feature = "gzip", feature = "npy"))]
use crate::attack::{self, archive, gzipped, header};
use crate::counting::{largest_allocation, peak_memory};
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

/// Reads a file, which must take at most 2.5 times the bytes of its result (none for an error) and 1 MiB.
fn read_within<T>(
    name: &str,
    bytes: &[u8],
    size: impl Fn(&T) -> usize,
    read: impl Fn(&std::path::Path) -> feedforward::error::Result<T>,
) -> feedforward::error::Result<T> {
    let path = std::env::temp_dir().join(format!("feedforward-peak-{}-{name}", std::process::id()));
    std::fs::write(&path, bytes).unwrap();
    let (outcome, peak) = peak_memory(|| read(&path));
    std::fs::remove_file(&path).ok();
    let limit = (1 << 20) + outcome.as_ref().map_or(0, size) * 5 / 2;
    assert!(peak <= limit, "{name} took {peak} bytes of at most {limit}");
    outcome
}

/// Refuses a file within 1 MiB and a second; returns the sentence.
#[cfg(all(feature = "csv", feature = "gzip", feature = "npy"))]
fn refused_within(
    name: &str,
    bytes: &[u8],
    read: impl Fn(&std::path::Path) -> feedforward::error::Result<ndarray::Array2<f64>>,
) -> String {
    let start = std::time::Instant::now();
    let words = read_within(name, bytes, |_| 0, read).unwrap_err().to_string();
    assert!(start.elapsed().as_secs_f64() < 1.0, "{name} took {:?}", start.elapsed());
    assert!(words.len() < 400, "{words}");
    words
}

fn size<F>(matrix: &ndarray::Array2<F>) -> usize {
    matrix.len() * size_of::<F>()
}

#[test]
fn an_idx_file_takes_at_most_two_and_a_half_times_its_result() {
    let mut bytes = vec![0, 0, 8, 3, 0, 0, 1, 0, 0, 0, 0, 100, 0, 0, 0, 100];
    bytes.extend((0..2_560_000).map(|index: u32| (index.wrapping_mul(2_654_435_761) >> 24) as u8));
    read_within("plain.idx", &bytes, size, |path| read_idx::<f64>(path)).unwrap();
    read_within("plain-f32.idx", &bytes, size, |path| read_idx::<f32>(path)).unwrap();
    #[cfg(all(feature = "csv", feature = "gzip", feature = "npy"))]
    read_within("packed.idx.gz", &gzipped(&bytes), size, |path| read_idx::<f64>(path)).unwrap();
}

/// Returns the memory that a table takes: entries, distinct texts, names.
#[cfg(all(feature = "csv", feature = "gzip", feature = "npy"))]
fn size_of_table(table: &feedforward::Table) -> usize {
    let of_column = |column: &Column| {
        let texts: std::collections::HashSet<_> = column.entries().filter_map(Entry::text).collect();
        let texts: usize = texts.iter().map(|text| text.len() + size_of::<String>()).sum();
        let entry = if column.as_numbers().is_some() { size_of::<f64>() } else { size_of::<u32>() };
        column.len() * entry + texts + column.name().len() + size_of_val(column)
    };
    table.columns().iter().map(of_column).sum()
}

#[cfg(all(feature = "csv", feature = "gzip", feature = "npy"))]
#[test]
fn a_table_takes_at_most_two_and_a_half_times_its_result() {
    let read = |name: &str, text: &str| {
        for (bytes, kind) in [(text.as_bytes().to_vec(), "csv"), (gzipped(text.as_bytes()), "csv.gz")] {
            // Names of columns and rows pack to less than one part in 200.
            let source = |path: &std::path::Path| Source::new(path).unpack_ratio(1032);
            let table = read_within(&format!("{name}.{kind}"), &bytes, size_of_table, |path| {
                Csv::new().read_file(source(path))
            });
            assert!(table.unwrap().rows() > 0);
        }
    };
    read(
        "numbers",
        &format!(
            "a,b,c\n{}",
            (0..176_700).map(|row| format!("{},{row}.5,{}\n", row % 10, row % 7)).collect::<String>()
        ),
    );
    read("narrow", &format!("a,b\n{}", "1,x\n".repeat(200_000)));
    read("one", &format!("a\n{}", "1\n".repeat(400_000)));
    read("texts", &format!("a,b\n{}", (0..100_000).map(|row| format!("{row},word {row}\n")).collect::<String>()));
    // Numbers until the last line.
    read("late", &format!("a,b\n{}last,1\n", (0..100_000).map(|row| format!("{row},1\n")).collect::<String>()));
    // Lines that become longer, and shorter.
    let (short, long) = ("1,2\n".repeat(40_000), "1.234567890123,2.345678901234\n".repeat(40_000));
    read("longer", &format!("a,b\n{short}{long}"));
    read("shorter", &format!("a,b\n{long}{short}"));
    let names: Vec<_> = (0..100_000).map(|column| format!("c{column}")).collect();
    read("wide", &format!("{}\n{}\n", names.join(","), vec!["1"; 100_000].join(",")));
}

/// The length of the file tells how many rows come.
#[cfg(all(feature = "csv", feature = "gzip", feature = "npy"))]
#[test]
fn a_table_of_numbers_takes_at_most_1_3_times_its_result() {
    for columns in [1, 3, 30] {
        let row = |row: usize| {
            let numbers: Vec<_> =
                (0..columns).map(|column| format!("{}.{}", row * 37 % 1000, column + row % 100)).collect();
            numbers.join(",") + "\n"
        };
        let names: Vec<_> = (0..columns).map(|column| format!("c{column}")).collect();
        let text = format!("{}\n{}", names.join(","), (0..3_000_000 / columns).map(row).collect::<String>());
        let path = std::env::temp_dir().join(format!("feedforward-matrix-{}-{columns}.csv", std::process::id()));
        std::fs::write(&path, &text).unwrap();
        let (table, peak) = peak_memory(|| Csv::new().read_file(&path).unwrap());
        std::fs::remove_file(&path).ok();
        let limit = (1 << 20) + 8 * table.rows() * columns * 13 / 10;
        assert!(peak <= limit, "{columns} columns took {peak} bytes of at most {limit}");
    }
}

#[cfg(all(feature = "csv", feature = "gzip", feature = "npy"))]
#[test]
fn an_array_takes_at_most_two_and_a_half_times_its_result() {
    let content: Vec<u8> =
        (0..2_000_000_u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as u8 & 0x3f).collect();
    for (descr, count) in [("|u1", 2_000_000), ("<i2", 1_000_000), (">f4", 500_000), ("<f8", 250_000)] {
        for order in ["False", "True"] {
            let bytes = attack::npy(1, &header(descr, order, &format!("({}, 20)", count / 20)), &content);
            let name = |kind: &str| format!("{}-{order}.{kind}", &descr[1..]);
            read_within(&name("npy"), &bytes, size, |path| read_npy::<f32>(path)).unwrap();
            read_within(&name("npy.gz"), &gzipped(&bytes), size, |path| read_npy::<f64>(path)).unwrap();
            for method in [0, 8] {
                let bytes = archive(&[("a", &bytes, method)]);
                read_within(&name("npz"), &bytes, size, |path| read_npz::<f64>(path, "a")).unwrap();
            }
        }
    }
}

#[cfg(all(feature = "csv", feature = "gzip", feature = "npy"))]
mod crafted {
    use super::*;

    #[test]
    fn a_header_of_98_bytes_of_nested_brackets_is_refused_at_once() {
        for bracket in ["[", "(", "{", "({", "[("] {
            let nested = bracket.repeat(98 / bracket.len());
            for text in [nested.clone(), format!("{{'descr': {nested}"), format!("{{'shape': {nested}")] {
                refused_within("brackets.npy", &attack::npy(1, &text, &[]), |path| read_npy(path));
            }
        }
    }

    #[test]
    fn nested_parentheses_of_4600_bytes_do_not_overflow_a_stack_of_64_kilobytes() {
        let attack = || {
            for version in [1, 2, 3] {
                let nested = "(".repeat(4600);
                for text in [nested.clone(), format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {nested}")] {
                    refused_within("parentheses.npy", &attack::npy(version, &text, &[]), |path| read_npy(path));
                }
            }
        };
        let thread = std::thread::Builder::new().stack_size(1 << 16);
        thread.spawn(attack).unwrap().join().unwrap();
    }

    /// Directories that other readers read once for each of their end records.
    #[test]
    fn a_directory_of_a_thousand_end_records_is_read_once() {
        let array = attack::npy(1, &header("<f8", "False", "(1,)"), &[0; 8]);
        let valid = archive(&[("a", &array, 0)]);
        let (members, end) = valid.split_at(valid.len() - 22);
        // 44 KB of end records that each point at the directory.
        let bytes = [&valid[..], &end.repeat(2000)].concat();
        let words = refused_within("ends.npz", &bytes, |path| read_npz(path, "b"));
        assert!(words.contains("expected a matrix called b, found \"a\""), "{words}");
        // A directory with 1000 entries for the same member.
        let (data, entry) = members.split_at(members.len() - 51);
        let end = attack::end_record(1000, 51_000, data.len() as u32);
        let bytes = [data, &entry.repeat(1000), &end].concat();
        let words = refused_within("entries.npz", &bytes, |path| read_npz(path, "a"));
        assert!(words.ends_with("expected one matrix called a, found two"), "{words}");
        let words = refused_within("entries.npz", &bytes, |path| read_npz(path, "b"));
        assert!(words.ends_with("\"a\" and 990 more"), "{words}");
    }

    #[test]
    fn an_end_record_that_promises_the_world_takes_no_memory() {
        let array = attack::npy(1, &header("<f8", "False", "(1,)"), &[0; 8]);
        let valid = archive(&[("a", &array, 0)]);
        let end = valid.len() - 22;
        for at in end + 4..end + 20 {
            let mut bytes = valid.clone();
            bytes[at..].iter_mut().take(4).for_each(|byte| *byte = 0xff);
            bytes[end + 20..].fill(0);
            refused_within("end.npz", &bytes, |path| read_npz(path, "b"));
        }
        // An archive of 64 bit sizes that claims 2^64 - 1 entries.
        let mut bytes = valid[..end].to_vec();
        let record = bytes.len() as u64;
        bytes.extend(b"PK\x06\x06");
        bytes.extend(44_u64.to_le_bytes());
        bytes.extend([0; 12]);
        bytes.extend(u64::MAX.to_le_bytes());
        bytes.extend(u64::MAX.to_le_bytes());
        bytes.extend(51_u64.to_le_bytes());
        bytes.extend((record - 51).to_le_bytes());
        bytes.extend(b"PK\x06\x07\0\0\0\0");
        bytes.extend(record.to_le_bytes());
        bytes.extend([1, 0, 0, 0]);
        bytes.extend(b"PK\x05\x06\0\0\0\0");
        bytes.extend([0xff; 12]);
        bytes.extend([0, 0]);
        refused_within("zip64.npz", &bytes, |path| read_npz(path, "a"));
    }

    #[test]
    fn members_that_overlap_or_lie_beyond_the_archive_are_refused() {
        let array = attack::npy(1, &header("<f8", "False", "(1,)"), &[0; 8]);
        let inner = archive(&[("a", &array, 0)]);
        // The second member holds a whole archive, whose member the directory points at too.
        let outer = archive(&[("a", &array, 0), ("b", &inner, 0)]);
        assert_eq!(
            read_within("outer.npz", &outer, size, |path| read_npz::<f64>(path, "a")).unwrap(),
            ndarray::array![[0.0]]
        );
        let first = archive(&[("a", &array, 0)]).len() - 22 - 51;
        let entry = outer.len() - 22 - 2 * 51;
        for (start, words) in [(first as u32 + 35, "overlap"), (u32::MAX - 1, "before the directory")] {
            let mut bytes = outer.clone();
            bytes[entry + 42..entry + 46].copy_from_slice(&start.to_le_bytes());
            let found = refused_within("overlap.npz", &bytes, |path| read_npz(path, "a"));
            assert!(found.contains(words), "{found}");
        }
        let twice = archive(&[("a", &array, 0), ("a", &array, 0)]);
        let found = refused_within("twice.npz", &twice, |path| read_npz(path, "a"));
        assert!(found.ends_with("expected one matrix called a, found two"), "{found}");
    }

    #[test]
    fn a_member_that_unpacks_to_a_thousand_times_its_size_is_refused_with_a_remedy() {
        let array = attack::npy(1, &header("|u1", "False", "(32000000,)"), &vec![0; 32_000_000]);
        let bytes = archive(&[("a", &array, 8)]);
        let words = refused_within("bomb.npz", &bytes, |path| read_npz(path, "a"));
        assert!(words.contains("200 times the packed size") && words.ends_with("`Source::unpack_ratio`"), "{words}");
    }

    #[test]
    fn a_gzipped_array_of_290_kilobytes_that_unpacks_to_gigabytes_is_refused() {
        // 290 KB of deflate make 290 MB; the header is all that is unpacked.
        let mut bytes = vec![0, 0, 8, 2, 0, 0, 0x10, 0, 0, 1, 0, 0];
        bytes.resize(64 << 20, 0);
        let words = refused_within("bomb.idx.gz", &gzipped(&bytes), |path| read_idx(path));
        assert!(words.ends_with("`Source::unpack_ratio`"), "{words}");
    }

    #[test]
    fn a_gzipped_file_of_20_000_empty_members_takes_its_time_once() {
        let bytes = gzipped(&[]).repeat(20_000);
        let words = refused_within("members.idx.gz", &bytes, |path| read_idx(path));
        assert!(words.ends_with("expected a whole header, found the end of the file within it"), "{words}");
    }

    #[test]
    fn one_field_of_a_packed_table_that_unpacks_to_megabytes_is_refused() {
        let text = format!("a,b\n1{},x\n", "0".repeat(64 << 20));
        let reader = |path: &std::path::Path| Csv::new().read_file(path)?.to_array();
        let words = refused_within("field.csv.gz", &gzipped(text.as_bytes()), reader);
        assert!(words.contains("expected a field of at most 65536 bytes"), "{words}");
        assert!(words.ends_with("found \"1000000000000000000000000000000000000000\"... (65537 bytes)"), "{words}");
        // Without a line end, quoted, and as a name.
        for text in ["0".repeat(1 << 20), format!("a,b\n1,\"{}", "\n".repeat(1 << 20)), "\"".repeat(1 << 20)] {
            refused_within("field.csv", text.as_bytes(), reader);
        }
    }

    #[test]
    fn mutations_of_valid_files_are_read_or_refused_within_their_memory() {
        for &format in attack::FORMATS {
            let report = attack::attack(format, 14, 0..2000);
            assert_eq!(report.read + report.refused, 2000);
            assert!(report.read > 20, "{format}: {report:?}");
        }
    }
}

/// Pickles that make the most of each byte: what is kept of them stays within a multiple of the file.
#[cfg(feature = "pytorch")]
#[test]
fn no_pickle_takes_more_memory_than_its_length_justifies() {
    use feedforward::io::StateDict;
    let start = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.".to_vec();
    let system = b"\x80\x02}X\x0d\0\0\0little_endian\x88s.";
    let pieces: [(&str, &[u8]); 8] = [
        ("dicts", b"}"),
        ("dicts that are kept", b"}\x94"),
        ("flags", b"N"),
        ("marks", b"("),
        ("copies", b"N2222222"),
        ("lists of lists", b"]a"),
        ("calls", b"))R"),
        ("tuples", b"N\x85"),
    ];
    for (name, piece) in pieces {
        let mut bytes = [&start[..], system, b"\x80\x02]"].concat();
        while bytes.len() < 4 << 20 {
            bytes.extend(piece);
        }
        let (outcome, peak) = peak_memory(|| StateDict::from_bytes(&bytes));
        assert!(outcome.is_err(), "{name}");
        assert!(peak < 32 * bytes.len(), "{name}: {} times the file", peak / bytes.len());
    }
    // What a header and a length promise is not there.
    for bytes in [b"\x80\x02X\xff\xff\xff\x7f".to_vec(), [&[0xff, 0xe0, 0xf5, 5, 0, 0, 0, 0], &b"{"[..]].concat()] {
        let (outcome, largest) = largest_allocation(|| StateDict::from_bytes(&bytes));
        assert!(outcome.is_err() && largest < ENOUGH, "{largest} bytes");
    }
}
