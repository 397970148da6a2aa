//! Broken and hostile files of state dicts: an error that names the fault, never a panic or a wrong number.

use feedforward::io::StateDict;
use feedforward::{Error, Identity, Network, Relu};
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("interop/pytorch")
}

fn bytes(file: &str) -> Vec<u8> {
    std::fs::read(folder().join(file)).unwrap()
}

/// Returns the text of the error of these bytes.
fn refused(what: &str, bytes: &[u8]) -> String {
    match StateDict::from_bytes(bytes) {
        Ok(dict) => panic!("{what}: read {dict:?}"),
        Err(error) => error.to_string(),
    }
}

/// Returns a safetensors file with this header in front of so many zeros.
fn safetensors(header: &str, numbers: usize) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.bytes());
    bytes.resize(bytes.len() + numbers, 0);
    bytes
}

/// A tensor of the header.
fn entry(name: &str, shape: &str, start: u64, end: u64) -> String {
    format!(r#""{name}":{{"dtype":"F32","shape":{shape},"data_offsets":[{start},{end}]}}"#)
}

#[test]
fn state_dicts_are_send_sync_and_debug() {
    fn holds<T: Send + Sync + std::fmt::Debug>() {}
    holds::<StateDict>();
}

#[test]
fn no_prefix_of_a_file_is_a_state_dict() {
    for file in ["plain.pt", "module.pt", "legacy.pt", "legacy_module.pt", "net.safetensors", "half.safetensors"] {
        let whole = bytes(file);
        assert!(StateDict::from_bytes(&whole).is_ok());
        for length in 0..whole.len() {
            refused(&format!("{length} bytes of {file}"), &whole[..length]);
        }
        let mut longer = whole.clone();
        longer.extend([0; 9]);
        refused(&format!("{file} and zeros"), &longer);
    }
}

#[test]
fn no_byte_of_a_file_makes_a_reader_panic() {
    for file in ["plain.pt", "module.pt", "legacy.pt", "views.pt", "net.safetensors"] {
        let whole = bytes(file);
        for at in 0..whole.len() {
            for value in [0x00, 0x2e, 0x68, 0x7f, 0xff] {
                let mut broken = whole.clone();
                broken[at] = value;
                if let Ok(dict) = StateDict::from_bytes(&broken) {
                    drop(Network::<f32>::from_state_dict(&dict, Relu, Identity));
                }
            }
        }
    }
}

#[test]
fn a_file_that_is_none_is_named() {
    let none = std::env::temp_dir().join("feedforward-no-such.pt");
    let error = StateDict::read(&none).unwrap_err();
    assert!(matches!(&error, Error::File { path, .. } if *path == none), "{error}");
    let error = StateDict::read(folder()).unwrap_err().to_string();
    assert!(error.contains("expected a file, found a folder or a device"), "{error}");
    #[cfg(unix)]
    assert!(StateDict::read("/dev/zero").is_err());
    for (what, content) in
        [("empty", &b""[..]), ("text", b"weights = 3\n"), ("zip", b"PK\x05\x06"), ("pickle", b"\x80")]
    {
        refused(what, content);
    }
}

#[test]
fn a_safetensors_header_must_say_what_the_file_has() {
    let good = format!("{{{}}}", entry("a", "[2]", 0, 8));
    assert_eq!(StateDict::from_bytes(&safetensors(&good, 8)).unwrap().len(), 1);
    let two = |one: &str, other: &str| format!("{{{one},{other}}}");
    let a = entry("a", "[2]", 0, 8);
    let most = usize::MAX;
    for (what, header, numbers) in [
        ("less numbers", good.clone(), 7),
        ("more numbers", good.clone(), 9),
        ("an overlap", two(&a, &entry("b", "[2]", 4, 12)), 12),
        ("the same range", two(&a, &entry("b", "[2]", 0, 8)), 8),
        ("a gap", two(&a, &entry("b", "[2]", 12, 20)), 20),
        ("a start behind the end", format!("{{{}}}", entry("a", "[2]", 8, 0)), 8),
        ("a shape of another length", format!("{{{}}}", entry("a", "[3]", 0, 8)), 8),
        ("a shape that overflows", format!("{{{}}}", entry("a", &format!("[{most},{most}]"), 0, 8)), 8),
        ("offsets near the largest", format!("{{{}}}", entry("a", "[2]", u64::MAX - 8, u64::MAX)), 8),
        ("a negative size", format!("{{{}}}", entry("a", "[-2]", 0, 8)), 8),
        ("two of one name", two(&a, &a), 8),
        ("two of one name, one escaped", two(&a, &entry("\\u0061", "[2]", 8, 16)), 16),
        ("no JSON", "{a}".to_owned(), 0),
        ("a deep header", format!("{{\"a\":{}", "[".repeat(100_000)), 0),
        ("more behind the header", format!("{good} {good}"), 8),
        ("an unknown type", good.replace("F32", "F31"), 8),
        ("a type that is no number", good.replace("F32", "C64").replace("[2]", "[1]"), 8),
    ] {
        let error = refused(what, &safetensors(&header, numbers));
        assert!(error.len() < 600, "{what}: {error}");
    }
    for length in [1_u64 << 33, u64::MAX, u64::MAX - 7, 99_999_999, 100_000_001] {
        let mut endless = safetensors(&good, 8);
        endless[..8].copy_from_slice(&length.to_le_bytes());
        refused("a header that promises more", &endless);
    }
}

/// Returns an archive with these members, stored or packed.
fn archive(members: &[(&str, &[u8])], method: zip::CompressionMethod) -> Vec<u8> {
    use std::io::Write;
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(method);
    for (name, content) in members {
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Returns an archive of `torch.save` with this pickle and a storage "0" of twelve bytes.
fn checkpoint(pickle: &[u8]) -> Vec<u8> {
    let members =
        [("a/data.pkl", pickle), ("a/byteorder", b"little"), ("a/data/0", &[0, 0, 128, 63, 0, 0, 0, 64, 0, 0, 64, 64])];
    archive(&members, zip::CompressionMethod::Stored)
}

/// A pickled text of less than 256 bytes.
fn text(text: &str) -> Vec<u8> {
    let mut bytes = vec![b'X'];
    bytes.extend((text.len() as u32).to_le_bytes());
    bytes.extend(text.bytes());
    bytes
}

fn int(number: i32) -> Vec<u8> {
    let mut bytes = vec![b'J'];
    bytes.extend(number.to_le_bytes());
    bytes
}

fn tuple(numbers: &[i32]) -> Vec<u8> {
    let mut bytes = vec![b'('];
    numbers.iter().for_each(|&number| bytes.extend(int(number)));
    bytes.push(b't');
    bytes
}

/// The call that rebuilds a tensor of the storage "0".
fn tensor(class: &str, elements: i32, offset: i32, shape: &[i32], strides: &[i32]) -> Vec<u8> {
    let class = format!("ctorch\n{class}\n").into_bytes();
    let storage =
        [b"(".to_vec(), text("storage"), class, text("0"), text("cpu"), int(elements), b"tQ".to_vec()].concat();
    let function = b"ctorch._utils\n_rebuild_tensor_v2\n(".to_vec();
    [function, storage, int(offset), tuple(shape), tuple(strides), b"\x89}tR".to_vec()].concat()
}

/// A pickle of a dict with this value.
fn dict(name: &str, value: &[u8]) -> Vec<u8> {
    [b"\x80\x02}".to_vec(), text(name), value.to_vec(), b"s.".to_vec()].concat()
}

fn floats(offset: i32, shape: &[i32], strides: &[i32]) -> Vec<u8> {
    checkpoint(&dict("a", &tensor("FloatStorage", 3, offset, shape, strides)))
}

#[test]
fn a_view_stays_within_its_storage() {
    let dict = StateDict::from_bytes(&floats(0, &[2, 2], &[1, 1])).unwrap();
    assert_eq!(dict.get("a").unwrap().to_vec::<f32>().unwrap(), [1.0, 2.0, 2.0, 3.0]);
    assert_eq!(StateDict::from_bytes(&floats(9, &[0], &[1])).unwrap().get("a").unwrap().shape(), [0]);
    let most = i32::MAX;
    for (offset, shape, strides) in [
        (0, &[4][..], &[1][..]),
        (3, &[1], &[1]),
        (-1, &[1], &[1]),
        (0, &[2], &[-1]),
        (0, &[-2], &[1]),
        (0, &[2, 2], &[2, 1]),
        (0, &[2], &[1, 1]),
        (0, &[2, 1], &[1]),
        (most, &[1], &[1]),
        (0, &[most, most, most], &[most, most, most]),
        (0, &[most, most, most], &[0, 0, 0]),
        // 800 MB from twelve bytes.
        (0, &[200_000_000], &[0]),
        (0, &[1; 65], &[1; 65]),
    ] {
        let error = refused(&format!("{offset} {shape:?} {strides:?}"), &floats(offset, shape, strides));
        assert!(error.contains("\"a\"") || error.contains("4 times the file"), "{error}");
    }
    for (class, elements) in [("FloatStorage", 4), ("DoubleStorage", 3), ("FloatStorage", -3), ("os", 3)] {
        refused(class, &checkpoint(&self::dict("a", &tensor(class, elements, 0, &[1], &[1]))));
    }
}

#[test]
fn nothing_that_a_pickle_says_is_run() {
    let path = std::env::temp_dir().join(format!("feedforward-run-{}", std::process::id()));
    let command = text(&format!("touch {}", path.display()));
    for function in ["cos\nsystem\n", "cposix\nsystem\n", "c__builtin__\neval\n", "csubprocess\ncheck_output\n"] {
        let call = [function.as_bytes(), &command, b"\x85R"].concat();
        // Alone, beside a tensor, in place of one, and as the state of one.
        refused(function, &checkpoint(&[b"\x80\x02", &call[..], b"."].concat()));
        let good = tensor("FloatStorage", 3, 0, &[3], &[1]);
        let beside =
            [b"\x80\x02}(".to_vec(), text("a"), good.clone(), text("b"), call.clone(), b"u.".to_vec()].concat();
        assert_eq!(StateDict::from_bytes(&checkpoint(&beside)).unwrap().names().collect::<Vec<_>>(), ["a"]);
        refused(function, &checkpoint(&dict("a", &call)));
        let state = [good, call, b"b".to_vec()].concat();
        assert_eq!(StateDict::from_bytes(&checkpoint(&dict("a", &state))).unwrap().len(), 1);
    }
    assert!(!path.exists());
}

#[test]
fn deep_cyclic_and_exploding_pickles_are_refused() {
    let deep = |opcode: u8| [b"\x80\x02".to_vec(), vec![opcode; 100_000], vec![b'a'; 99_999], b".".to_vec()].concat();
    refused("nested lists", &checkpoint(&deep(b']')));
    let tuples = [b"\x80\x02N".to_vec(), vec![0x85; 100_000], b".".to_vec()].concat();
    refused("nested tuples", &checkpoint(&tuples));
    refused("marks", &checkpoint(&vec![b'('; 1_000_000]));
    // {"a": itself, "a": itself, ...}
    let pairs = [text("a"), b"h\0".to_vec()].concat();
    refused("a circle", &checkpoint(&[b"\x80\x02}q\0".to_vec(), pairs.clone(), b"s.".to_vec()].concat()));
    let wide = [b"\x80\x02}q\0(".to_vec(), pairs.repeat(1000), b"u.".to_vec()].concat();
    refused("a circle with many ways", &checkpoint(&wide));
    // Each list holds the one before twice: 2 to the power of 1000 in all.
    let mut bomb = b"\x80\x02]q\0".to_vec();
    (0..1000).for_each(|_| bomb.extend(b"q\0](h\0h\0e"));
    bomb.push(b'.');
    refused("a memo bomb of lists", &checkpoint(&bomb));

    // A module whose two children are both the module before.
    let module = |children: &[u8]| {
        let state = [
            b"c__main__\nNet\n)\x81}(".to_vec(),
            text("_parameters"),
            b"}".to_vec(),
            text("_buffers"),
            b"}".to_vec(),
            text("_modules"),
            children.to_vec(),
            b"ub".to_vec(),
        ];
        state.concat()
    };
    let mut modules = [b"\x80\x02".to_vec(), module(b"}"), b"q\x010".to_vec()].concat();
    for _ in 0..60 {
        let children = [b"}(".to_vec(), text("a"), b"h\x01".to_vec(), text("b"), b"h\x01u".to_vec()].concat();
        modules.extend([module(&children), b"q\x010".to_vec()].concat());
    }
    modules.extend(b"h\x01.");
    let error = refused("a memo bomb of modules", &checkpoint(&modules));
    assert!(error.contains("repeat endlessly") || error.contains("4 times the file"), "{error}");
    // A module that is its own child.
    let circle = [
        b"\x80\x02c__main__\nNet\n)\x81q\x01}(".to_vec(),
        text("_parameters"),
        b"}".to_vec(),
        text("_buffers"),
        b"}".to_vec(),
        text("_modules"),
        b"}".to_vec(),
        text("a"),
        b"h\x01sub.".to_vec(),
    ];
    let error = refused("a module within itself", &checkpoint(&circle.concat()));
    assert!(error.contains("100 deep"), "{error}");
    // One tensor under a thousand names.
    let mut shared = [b"\x80\x02".to_vec(), tensor("FloatStorage", 3, 0, &[500], &[0]), b"q\x010}(".to_vec()].concat();
    (0..1000).for_each(|index| shared.extend([text(&index.to_string()), b"h\x01".to_vec()].concat()));
    shared.extend(b"u.");
    let error = refused("a tensor shared too often", &checkpoint(&shared));
    assert!(error.contains("4 times the file"), "{error}");
}

#[test]
fn pickles_that_no_pickler_writes_are_refused() {
    for (what, pickle) in [
        ("an empty stack", &b"\x80\x02."[..]),
        ("no end", b"\x80\x02}"),
        ("a pop below a mark", b"\x80\x02}(0."),
        ("no mark", b"\x80\x02}t."),
        ("items of no list", b"\x80\x02}Na."),
        ("items of no dict", b"\x80\x02]NNs."),
        ("a key without a value", b"\x80\x02}(Nu."),
        ("an index never put", b"\x80\x02h\x05."),
        ("an index far away", b"\x80\x02]r\xff\xff\xff\xff."),
        ("protocol 6", b"\x80\x06}."),
        ("an extension", b"\x80\x02\x82\x01."),
        ("a buffer from outside", b"\x80\x05\x97."),
        ("a text of 4 GB", b"\x80\x02X\xff\xff\xff\xffab."),
        ("a text of 16 EB", b"\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\xffab."),
        ("a number that is none", b"\x80\x02Ix\n."),
        ("two states", b"\x80\x02cA\nB\n)\x81}b}b."),
        ("more behind the end", b"\x80\x02}.}."),
        ("a text alone", b"\x80\x02X\x01\0\0\0a."),
    ] {
        refused(what, &checkpoint(pickle));
    }
    let twice = [
        b"\x80\x02}(".to_vec(),
        [text("a"), tensor("FloatStorage", 3, 0, &[3], &[1])].concat().repeat(2),
        b"u.".to_vec(),
    ];
    assert!(refused("two of one name", &checkpoint(&twice.concat())).contains("two called \"a\""));
}

#[test]
fn an_archive_that_torch_does_not_write_is_refused() {
    let whole = dict("a", &tensor("FloatStorage", 3, 0, &[3], &[1]));
    let stored = zip::CompressionMethod::Stored;
    let numbers = ("a/data/0", &[0_u8; 12][..]);
    assert!(StateDict::from_bytes(&archive(&[("a/data.pkl", &whole), numbers], stored)).is_ok());
    for (what, members) in [
        ("no pickle", vec![numbers]),
        ("no storage", vec![("a/data.pkl", &whole[..])]),
        ("a storage in another folder", vec![("a/data.pkl", &whole), ("b/data/0", &[0; 12])]),
        ("a short storage", vec![("a/data.pkl", &whole), ("a/data/0", &[0; 8])]),
        ("a long storage", vec![("a/data.pkl", &whole), ("a/data/0", &[0; 16])]),
        ("big-endian numbers", vec![("a/data.pkl", &whole), numbers, ("a/byteorder", b"big")]),
    ] {
        refused(what, &archive(&members, stored));
    }
    // 40 MB of zeros in 40 kB: nothing is unpacked.
    let zeros = vec![0; 40_000_000];
    let bomb = archive(&[("a/data.pkl", &whole), ("a/data/0", &zeros)], zip::CompressionMethod::Deflated);
    let error = refused("a zip bomb", &bomb);
    assert!(error.contains("stored member") && error.contains("method 8"), "{error}");
    let mut damaged = checkpoint(&whole);
    let at = damaged.windows(4).position(|four| four == [0, 0, 64, 64]).unwrap();
    damaged[at] = 1;
    assert!(refused("a wrong checksum", &damaged).contains("checksum"));
}
