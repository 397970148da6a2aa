//! Broken and crafted files for every reader, from one seed, and what the readers make of them.

#[cfg(feature = "keras")]
#[path = "keras.rs"]
mod keras;
#[cfg(feature = "safetensors")]
#[path = "models.rs"]
mod models;
#[cfg(feature = "mapped")]
#[path = "mapped.rs"]
mod other_ways;

use crate::counting::peak_memory;
use feedforward::data::{Csv, Entry, read_idx, read_npy, read_npz, write_npy};
#[cfg(feature = "pytorch")]
use feedforward::io::{StateDict, Tensor, Values};
use feedforward::{Float, Table};
#[cfg(feature = "pytorch")]
use feedforward::{Identity, Network, Relu};
use ndarray::Array2;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// What every reader may take besides 2.5 times its result: buffers and the state of the decompressor.
pub const SLACK: usize = 1 << 20;

/// The formats, each with a reader of its own or a wrapper around one.
pub const FORMATS: &[&str] = &[
    "csv",
    "csv.gz",
    "idx",
    "idx.gz",
    "npy",
    "npy.gz",
    "npz",
    #[cfg(feature = "safetensors")]
    "model",
    #[cfg(feature = "safetensors")]
    "checkpoint",
    #[cfg(feature = "pytorch")]
    "safetensors",
    #[cfg(feature = "pytorch")]
    "pt",
    // What torch.save wrote before PyTorch 1.6: pickles one after another.
    #[cfg(feature = "pytorch")]
    "pth",
    #[cfg(feature = "keras")]
    "keras",
    #[cfg(feature = "keras")]
    "h5",
    #[cfg(feature = "onnx")]
    "onnx",
];

/// What many readings came to.
#[derive(Debug, Default)]
pub struct Report {
    pub read: usize,
    pub refused: usize,
    /// The longest time for one file, in milliseconds.
    pub longest: f64,
    /// The most bytes for a file that was read, and for one that was refused.
    pub peaks: [usize; 2],
    /// The largest ratio of (peak - 1 MiB) to the result.
    pub ratio: f64,
    /// The largest ratio of the peak to the length of a file of at least 64 KiB.
    pub file_ratio: f64,
}

/// What a reader returned, in bytes.
struct Returned(usize);

fn of_matrix<F: Float>(matrix: &Array2<F>) -> Returned {
    assert!(matrix.iter().all(|value| value.is_finite()), "an Ok with NaN or infinity");
    assert!(!matrix.is_empty(), "an Ok without a number");
    Returned(matrix.len() * size_of::<F>())
}

/// A table holds finite numbers, and is printed and described without a panic.
fn of_table(table: &Table) -> Returned {
    assert!(table.rows() > 0 && !table.columns().is_empty(), "an Ok without an entry");
    let mut bytes = 0;
    for column in table.columns() {
        assert_eq!(column.len(), table.rows());
        let mut texts = std::collections::HashSet::new();
        for entry in column.entries() {
            match entry {
                Entry::Number(number) => assert!(number.is_finite(), "an Ok with NaN or infinity"),
                Entry::Text(text) => drop(texts.insert(text)),
                Entry::Missing => {}
            }
        }
        let width = if column.as_numbers().is_some() { size_of::<f64>() } else { size_of::<u32>() };
        let text: usize = texts.iter().map(|text| text.len() + size_of::<String>()).sum();
        bytes += column.len() * width + text + column.name().len() + size_of_val(column);
    }
    Returned(bytes)
}

/// What state dicts became; a small one is made a network, which takes more than its numbers.
#[cfg(feature = "pytorch")]
fn of_dict<F: Float>(dict: &StateDict) -> Returned {
    let bytes: usize = dict.iter().map(|(name, tensor)| name.len() + 128 + size_of_values(tensor.values())).sum();
    if bytes < 1 << 16
        && let Ok(network) = Network::<F>::from_state_dict(dict, Relu, Identity)
    {
        let parameters: Vec<_> = network.parameters().flat_map(|parameter| parameter.values().to_vec()).collect();
        assert!(parameters.iter().all(|value| value.is_finite()), "an Ok with NaN or infinity");
    }
    Returned(bytes)
}

#[cfg(feature = "pytorch")]
fn size_of_values(values: &Values) -> usize {
    match values {
        Values::F32(values) => size_of_val(&values[..]),
        Values::F64(values) => size_of_val(&values[..]),
        Values::I64(values) => size_of_val(&values[..]),
        _ => 0,
    }
}

/// A parameter has a value and a gradient.
#[cfg(feature = "onnx")]
fn of_network<F: Float>(network: &feedforward::Network<F>) -> Returned {
    let is_finite = |parameter: &feedforward::Parameter<F>| parameter.values().iter().all(|value| value.is_finite());
    assert!(network.parameters().all(is_finite), "an Ok with NaN or infinity");
    Returned(2 * network.parameter_count() * size_of::<F>())
}

/// Reads a file as its format in one of several ways.
fn read<F: Float>(format: &str, path: &Path, way: usize) -> feedforward::error::Result<Returned> {
    match format {
        "csv" | "csv.gz" => {
            let reader = match way {
                0 | 1 => Csv::new(),
                2 => Csv::new().with_header().keep_row_numbers().missing(&["x", "2.50"]),
                3 => Csv::new().without_header().text(&["column_1"]),
                4 => Csv::new().row_names().thousands(b'.').decimal_comma(),
                5 => Csv::new().without_header().delimiter(b' ').comment(b'#'),
                6 => Csv::new().skip_lines(1).names(&["a", "b", "kind"]),
                _ => Csv::new().with_header().delimiter(b';'),
            };
            let table = reader.read_file(path)?;
            // Printing takes memory too, but little of a small table.
            if table.rows() < 100 {
                assert!(!format!("{table}{}", table.describe()).is_empty());
            }
            Ok(of_table(&table))
        }
        "idx" | "idx.gz" => Ok(of_matrix(&read_idx::<F>(path)?)),
        #[cfg(feature = "keras")]
        "keras" | "h5" => keras::read::<F>(path, way),
        #[cfg(feature = "safetensors")]
        "model" | "checkpoint" => models::read::<F>(format, path),
        "npz" => Ok(of_matrix(&read_npz::<F>(path, ["a", "b"][way % 2])?)),
        #[cfg(feature = "pytorch")]
        "safetensors" | "pt" | "pth" => Ok(of_dict::<F>(&StateDict::read(path)?)),
        #[cfg(feature = "onnx")]
        "onnx" => match way % 4 {
            0 => Ok(of_network(feedforward::Classifier::<F, String>::load_onnx(path)?.network())),
            1 => Ok(of_network(feedforward::Regressor::<F>::load_onnx(path)?.network())),
            _ => Ok(of_network(&feedforward::Network::<F>::load_onnx(path)?)),
        },
        _ => Ok(of_matrix(&read_npy::<F>(path)?)),
    }
}

/// Reads this many mutations and reports; panics at the first one that breaks a promise.
pub fn attack(format: &str, seed: u64, mutations: std::ops::Range<u64>) -> Report {
    let seeds = Seeds::new(format);
    let path = temporary(format);
    let mut report = Report::default();
    for index in mutations {
        // Each file depends on its own number alone, so that one can be made again.
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(index);
        let bytes = seeds.mutate(&mut random);
        std::fs::write(&path, &bytes).unwrap();
        let way = random.random_range(0..8);
        let attempt = || {
            let outcome = std::panic::catch_unwind(|| {
                if way < 4 { read::<f32>(format, &path, way) } else { read::<f64>(format, &path, way) }
            });
            outcome.unwrap_or_else(|_| panic!("{format}: mutation {index} of seed {seed} panics"))
        };
        let start = Instant::now();
        let (outcome, peak) = peak_memory(attempt);
        let mut milliseconds = start.elapsed().as_secs_f64() * 1e3;
        for _ in 0..5 {
            // Another program had the processor, or the reader is slow: then it is slow again.
            if milliseconds > report.longest {
                let start = Instant::now();
                drop(attempt());
                milliseconds = milliseconds.min(start.elapsed().as_secs_f64() * 1e3);
            }
        }
        report.longest = report.longest.max(milliseconds);
        #[cfg(feature = "mapped")]
        if way < 4 {
            other_ways::compare::<f32>(format, &path);
        } else {
            other_ways::compare::<f64>(format, &path);
        }
        let returned = match outcome {
            Ok(Returned(bytes)) => {
                report.read += 1;
                report.ratio = report.ratio.max(peak.saturating_sub(SLACK) as f64 / bytes as f64);
                Some(bytes)
            }
            Err(error) => {
                let length = error.to_string().len();
                assert!(length < 2000, "{format}: mutation {index} of seed {seed} has an error of {length} bytes");
                report.refused += 1;
                None
            }
        };
        let kind = usize::from(returned.is_none());
        report.peaks[kind] = report.peaks[kind].max(peak);
        if bytes.len() >= 1 << 16 {
            report.file_ratio = report.file_ratio.max(peak as f64 / bytes.len() as f64);
        }
        // A table that is refused in its last line was read until there: at most 32 bytes for each 3 ("1,\n").
        let justified = returned.unwrap_or_else(|| 11 * unpacked_length(format, &bytes));
        let limit = SLACK + justified * 5 / 2;
        assert!(peak <= limit, "{format}: mutation {index} of seed {seed} takes {peak} bytes of at most {limit}");
    }
    std::fs::remove_file(&path).ok();
    report
}

/// Returns how many bytes the readers may unpack.
fn unpacked_length(format: &str, bytes: &[u8]) -> usize {
    if !format.ends_with(".gz") {
        return bytes.len();
    }
    let mut length = bytes.len();
    let mut unpacked = flate2::read::MultiGzDecoder::new(bytes);
    let mut buffer = [0; 4096];
    while let Ok(read) = std::io::Read::read(&mut unpacked, &mut buffer) {
        length += read;
        if read == 0 || length > 8 << 20 {
            break;
        }
    }
    length
}

/// Returns a path that no other thread uses.
pub fn temporary(name: &str) -> PathBuf {
    let thread = format!("{:?}", std::thread::current().id()).replace(['(', ')'], "");
    std::env::temp_dir().join(format!("feedforward-hostile-{}-{thread}-{name}", std::process::id()))
}

/// Valid files of one format, as they are before they are packed.
struct Seeds {
    format: String,
    files: Vec<Vec<u8>>,
    /// The archive that each file is the pickle of, if the format has pickles in archives.
    archives: Vec<Members>,
}

/// Names and contents of the members of an archive.
type Members = Vec<(String, Vec<u8>)>;

impl Seeds {
    fn new(format: &str) -> Self {
        #[cfg(feature = "pytorch")]
        if format == "pt" {
            let archives = pickles();
            let files = archives.iter().map(|members| members[0].1.clone()).collect();
            return Self { format: format.to_owned(), files, archives };
        }
        let files = match format.trim_end_matches(".gz") {
            "csv" => tables(),
            "idx" => images(),
            #[cfg(feature = "pytorch")]
            "safetensors" => dicts(),
            #[cfg(feature = "pytorch")]
            "pth" => ["legacy.pt", "legacy_views.pt", "legacy_module.pt"].map(saved).to_vec(),
            #[cfg(feature = "keras")]
            "keras" | "h5" => keras::seeds(format),
            #[cfg(feature = "safetensors")]
            "model" | "checkpoint" => models::seeds(format),
            #[cfg(feature = "onnx")]
            "onnx" => graphs(),
            _ => arrays(),
        };
        Self { format: format.to_owned(), files, archives: Vec::new() }
    }

    /// Returns a broken file.
    fn mutate(&self, random: &mut ChaCha8Rng) -> Vec<u8> {
        // The last file is the large one, which takes most of the time.
        let small = self.files.len() - 1;
        let index = if random.random_ratio(1, 500) { small } else { random.random_range(0..small) };
        let mut bytes = self.files[index].clone();
        let other = &self.files[random.random_range(0..small)];
        #[cfg(feature = "safetensors")]
        if ["model", "checkpoint"].contains(&&*self.format) {
            return models::mutate(&bytes, other, random);
        }
        #[cfg(feature = "keras")]
        if ["keras", "h5"].contains(&&*self.format) {
            return keras::mutate(&self.format, &bytes, other, random);
        }
        // Damage to the packed bytes mostly ends in a wrong checksum; the rest reaches the reader behind.
        let is_packed = self.format.ends_with(".gz") || ["npz", "pt"].contains(&self.format.as_str());
        let is_inside = !is_packed || random.random_ratio(1, 2);
        if is_inside {
            damage(&mut bytes, other, random);
        }
        if self.format.ends_with(".gz") {
            bytes = gzipped(&bytes);
        } else if self.format == "npz" {
            let method = random.random_range(0..2) * 8;
            bytes = archive(&[("a", &bytes, method), ("b", other, method)]);
        } else if self.format == "pt" {
            let mut members: Vec<_> =
                self.archives[index].iter().map(|(name, content)| (&name[..], &content[..], 0)).collect();
            members[0].1 = &bytes;
            bytes = archive_of(&members);
        }
        if is_packed && (!is_inside || random.random_ratio(1, 8)) {
            damage(&mut bytes, other, random);
        }
        bytes
    }
}

/// Returns a file that `tests/interop/pytorch.py` made.
#[cfg(feature = "pytorch")]
fn saved(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/interop/pytorch/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[cfg(feature = "pytorch")]
fn dicts() -> Vec<Vec<u8>> {
    let path = temporary("seed.safetensors");
    let tensor = Tensor::new(vec![200, 100], vec![0.5_f32; 20_000]).unwrap();
    StateDict::from_tensors([("0.weight", tensor)]).unwrap().save(&path).unwrap();
    let large = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).ok();
    let small = ["net", "activations", "double", "half", "bfloat"].map(|name| saved(&format!("{name}.safetensors")));
    small.into_iter().chain([large]).collect()
}

/// Returns archives whose first member is a pickle: of dicts with tensors, each of a storage, and of PyTorch's files.
#[cfg(feature = "pytorch")]
fn pickles() -> Vec<Members> {
    let plain: &[Pickled] = &[
        ("0.weight", "FloatStorage", 0, 10, &[2, 5], &[5, 1]),
        ("0.bias", "FloatStorage", 6, 2, &[2], &[1]),
        ("1.weight", "HalfStorage", 3, 8, &[4, 2], &[1, 4]),
        ("1.bias", "FloatStorage", 1, 5, &[4], &[1]),
    ];
    let norm: &[Pickled] = &[
        ("fc.weight", "DoubleStorage", 2, 3, &[3, 1], &[1, 1]),
        ("bn.weight", "FloatStorage", 5, 3, &[3], &[1]),
        ("bn.bias", "BFloat16Storage", 6, 4, &[3], &[1]),
        ("bn.running_mean", "FloatStorage", 5, 3, &[3], &[0]),
        ("bn.running_var", "FloatStorage", 5, 3, &[3], &[1]),
        ("bn.num_batches_tracked", "IntStorage", 7, 1, &[], &[]),
    ];
    let large: &[Pickled] = &[("0.weight", "FloatStorage", 9, 50_000, &[250, 200], &[1, 250])];
    let by_hand = |tensors: &[Pickled<'_>]| {
        let mut members = vec![("a/data.pkl".to_owned(), pickled(tensors))];
        for (index, length) in [40, 20, 24, 16, 24, 12, 8, 4, 60, 200_000].into_iter().enumerate() {
            if tensors.iter().any(|tensor| usize::from(tensor.2) == index) {
                members.push((format!("a/data/{index}"), vec![0x3f; length]));
            }
        }
        members
    };
    let of_file = |name: &str| {
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(saved(name))).unwrap();
        let mut members = Members::new();
        for index in 0..archive.len() {
            let mut member = archive.by_index(index).unwrap();
            let mut content = Vec::new();
            std::io::Read::read_to_end(&mut member, &mut content).unwrap();
            members.push((member.name().to_owned(), content));
        }
        members.sort_by_key(|(name, _)| !name.ends_with("/data.pkl"));
        members
    };
    let of_files = ["module.pt", "two.pt", "views.pt", "checkpoint.pt"].map(of_file);
    let handmade = [by_hand(plain), by_hand(norm)];
    handmade.into_iter().chain(of_files).chain([by_hand(large)]).collect()
}

/// A tensor: name, class and key of its storage, how many numbers that has, sizes and strides.
#[cfg(feature = "pytorch")]
type Pickled<'a> = (&'a str, &'a str, u8, i32, &'a [i32], &'a [i32]);

#[cfg(feature = "pytorch")]
fn pickled(tensors: &[Pickled<'_>]) -> Vec<u8> {
    let text = |text: &str| [&[b'X', text.len() as u8, 0, 0, 0], text.as_bytes()].concat();
    let int = |number: i32| [&b"J"[..], &number.to_le_bytes()].concat();
    let tuple =
        |numbers: &[i32]| [vec![b'('], numbers.iter().flat_map(|&number| int(number)).collect(), vec![b't']].concat();
    let mut pickle = b"\x80\x02ccollections\nOrderedDict\n)Rq\0(".to_vec();
    for &(name, class, key, numbers, shape, strides) in tensors {
        pickle.extend(text(name));
        pickle.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((");
        pickle.extend([text("storage"), format!("ctorch\n{class}\n").into_bytes(), text(&key.to_string())].concat());
        pickle.extend([text("cpu"), int(numbers), b"tQ".to_vec(), int(0), tuple(shape), tuple(strides)].concat());
        pickle.extend(b"\x89h\0tR");
    }
    pickle.extend(b"u.");
    pickle
}

fn tables() -> Vec<Vec<u8>> {
    let mut large = "a,b,kind\n".to_owned();
    for row in 0..20_000 {
        large.push_str(&format!("{},{}.5,k{}\n", row % 97, row, row % 3));
    }
    let small = [
        "a,b,kind\n1,2.5,x\n-3e4,4,y\n0.1,7,\"x, z\"\n",
        "kind,a,b\r\n\"say \"\"so\"\"\",1,2\r\nb,3,NA\r\n",
        "1,2,3\n4,5,6\n7,8,9\n",
        "one;1;2,5\ntwo;1.234;2\n",
        "\u{feff}a,b,kind\n\n1,2,\u{e9}\n\n3,4,x",
        "  a   b  kind\n# note\n 1   2   x\n 3   4   y\n",
        "\"\",\"a\"\n\"1\",5\n\"2\",6\n\"3\",seven\n",
        "\"speed\" \"gears\"\n\"Mazda RX4\" 21 6\n\"Datsun\" 22.8 4\n",
        "x\n1\n\n?\n3\n",
        "name\tzip\nA\t01234\nB\t5\nC\tK1A\n",
    ];
    small.iter().map(|text| text.as_bytes().to_vec()).chain([large.into_bytes()]).collect()
}

fn idx(code: u8, sizes: &[u32], content: impl IntoIterator<Item = u8>) -> Vec<u8> {
    let mut bytes = vec![0, 0, code, sizes.len() as u8];
    sizes.iter().for_each(|size| bytes.extend(size.to_be_bytes()));
    bytes.extend(content);
    bytes
}

fn images() -> Vec<Vec<u8>> {
    let floats: Vec<u8> = (0..6).flat_map(|value| (value as f64 / 3.0).to_be_bytes()).collect();
    vec![
        idx(0x08, &[3, 4, 5], 0..60),
        idx(0x09, &[7], 250..=255_u8).into_iter().chain([0]).collect(),
        idx(0x0b, &[2, 2], 0..8),
        idx(0x0c, &[2, 1, 1, 2], 0..16),
        idx(0x0d, &[2, 2], [0x3f; 16]),
        idx(0x0e, &[3, 2], floats),
        idx(0x08, &[100, 28, 28], (0..78_400_u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as u8)),
    ]
}

/// Models of PyTorch and scikit-learn, and a large one.
#[cfg(feature = "onnx")]
fn graphs() -> Vec<Vec<u8>> {
    let names = "torch_norms_dynamo torch_residual_script torch_old_norm_script torch_clamped_dynamo torch_view_script \
        torch_external_dynamo skl_names skl_two_classes skl_regressor hand_arithmetic hand_shapes hand_float_data";
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("interop/onnx");
    let file = |name: &str| std::fs::read(folder.join(format!("{name}.onnx"))).unwrap();
    let large = feedforward::Network::<f32>::builder(100).dense(200, feedforward::Relu).build().unwrap();
    let residual = feedforward::Network::<f64>::builder(3)
        .residual(|block| block.dense(3, feedforward::Gelu::Exact).layer_norm())
        .build()
        .unwrap();
    let own = [residual.to_onnx().unwrap(), large.to_onnx().unwrap()];
    names.split_whitespace().map(file).chain(own).collect()
}

/// Returns a .npy file with this header.
pub fn npy(version: u8, header: &str, content: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY".to_vec();
    bytes.extend([version, 0]);
    let padded = format!("{header:117}\n");
    if version == 1 {
        bytes.extend((padded.len() as u16).to_le_bytes());
    } else {
        bytes.extend((padded.len() as u32).to_le_bytes());
    }
    bytes.extend(padded.bytes());
    bytes.extend(content);
    bytes
}

/// Returns the text of a header.
pub fn header(descr: &str, order: &str, shape: &str) -> String {
    format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}")
}

fn arrays() -> Vec<Vec<u8>> {
    let content: Vec<u8> = (0..96).collect();
    let floats: Vec<u8> = (0..12).flat_map(|value| (value as f32 / 7.0).to_le_bytes()).collect();
    let path = temporary("seed.npy");
    write_npy(&path, &Array2::from_shape_fn((5, 3), |(row, column)| (row * column) as f64 - 0.5)).unwrap();
    let written = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).ok();
    vec![
        written,
        npy(1, &header("<f4", "False", "(3, 4)"), &floats),
        npy(2, &header(">i2", "True", "(3, 4, 2, 2)"), &content),
        npy(3, &header("|u1", "False", "(8, 4, 3)"), &content),
        npy(1, &header("<i8", "True", "(3, 4)"), &content),
        npy(1, &header("<f2", "False", "(8,)"), &[0x3c; 16]),
        npy(2, &header("|b1", "False", "()"), &[1]),
        npy(1, &header("<u2", "True", "(200, 200)"), &[7; 80_000]),
    ]
}

/// Packs bytes as gzip does.
pub fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Writes a zip archive of .npy files by hand: names without the ending, contents, and methods.
pub fn archive(members: &[(&str, &[u8], u16)]) -> Vec<u8> {
    let names: Vec<_> = members.iter().map(|(name, ..)| format!("{name}.npy")).collect();
    let members: Vec<_> =
        members.iter().zip(&names).map(|(&(_, content, method), name)| (&name[..], content, method)).collect();
    archive_of(&members)
}

/// Does the same with whole names.
fn archive_of(members: &[(&str, &[u8], u16)]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, content, method) in members {
        let mut crc = flate2::Crc::new();
        crc.update(content);
        let packed = match method {
            8 => {
                let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
                encoder.write_all(content).unwrap();
                encoder.finish().unwrap()
            }
            _ => content.to_vec(),
        };
        let start = bytes.len() as u32;
        // Version, flags, method, time and date, checksum, sizes, length of the name, of the extra fields.
        let mut common = vec![20, 0, 0, 0, *method as u8, 0, 0, 0, 0, 0];
        common.extend(crc.sum().to_le_bytes());
        common.extend((packed.len() as u32).to_le_bytes());
        common.extend((content.len() as u32).to_le_bytes());
        common.extend((name.len() as u16).to_le_bytes());
        common.extend([0, 0]);
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&common);
        bytes.extend(name.bytes());
        bytes.extend(packed);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend(start.to_le_bytes());
        directory.extend(name.bytes());
    }
    let start = bytes.len() as u32;
    bytes.extend(&directory);
    bytes.extend(end_record(members.len() as u16, directory.len() as u32, start));
    bytes
}

/// Returns the end record of an archive with a directory of this many entries and bytes.
pub fn end_record(entries: u16, length: u32, start: u32) -> Vec<u8> {
    let mut bytes = b"PK\x05\x06\0\0\0\0".to_vec();
    bytes.extend(entries.to_le_bytes());
    bytes.extend(entries.to_le_bytes());
    bytes.extend(length.to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}

/// Words that mean something to one of the readers.
const WORDS: [&[u8]; 30] = [
    b"h\x01",
    b"h\0)R",
    b"u.",
    b"\x94\x85Q",
    b"ctorch._utils\n_rebuild_tensor_v2\n(",
    b"\"data_offsets\":[0,",
    b"'descr'",
    b"'shape': (",
    b"'fortran_order': True",
    b"'<f8'",
    b"'>c16'",
    b"'|O'",
    b"[('a', '<f4')]",
    b"(2, ",
    b"\\x73",
    b"nan",
    b"inf",
    b"1e999",
    b"-1e39",
    b"\"",
    b"\n",
    b"\r\n",
    b",",
    b";",
    b"PK\x01\x02",
    b"PK\x05\x06",
    b"PK\x06\x07",
    b"\x1f\x8b\x08\0",
    b"\xff\xff\xff\xff",
    b"\0\0\0\0",
];

/// Changes some bytes in 1 to 4 ways.
fn damage(bytes: &mut Vec<u8>, other: &[u8], random: &mut ChaCha8Rng) {
    for _ in 0..random.random_range(1..=4) {
        // Half of the changes hit the header, where every byte has a meaning.
        let reach = if random.random_ratio(1, 2) { bytes.len().min(160) } else { bytes.len() };
        let at = random.random_range(0..=reach);
        let length = random.random_range(0..=(bytes.len() - at).min(64));
        match random.random_range(0..12) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.random_range(0..8),
            1 if at < bytes.len() => bytes[at] = random.random(),
            2 => bytes.truncate(at),
            3 => {
                let copy = bytes[at..at + length].to_vec();
                let times = if random.random_ratio(1, 10) { 500 } else { 1 };
                bytes.splice(at..at, copy.repeat(times));
            }
            4 => drop(bytes.drain(at..at + length)),
            5 => {
                let from = random.random_range(0..=other.len());
                bytes.truncate(at);
                bytes.extend(&other[from..]);
            }
            6 => {
                // A size of 2, 4 or 8 bytes, in either order.
                let sizes = [0, 1, 2, 255, 65_535, 65_536, 1 << 31, u64::from(u32::MAX), 1 << 40, 1 << 62, u64::MAX];
                let size = sizes[random.random_range(0..sizes.len())];
                let width = 2 << random.random_range(0..3);
                let field = if random.random_ratio(1, 2) {
                    size.to_le_bytes()[..width].to_vec()
                } else {
                    size.to_be_bytes()[8 - width..].to_vec()
                };
                let end = (at + width).min(bytes.len());
                bytes.splice(at..end, field);
            }
            7 => {
                let bracket = b"([{\"'"[random.random_range(0..5)];
                let count = if random.random_ratio(1, 10) { 5000 } else { random.random_range(1..60) };
                bytes.splice(at..at, vec![bracket; count]);
            }
            8 => {
                // A number in the text grows.
                let start = bytes[at..].iter().position(u8::is_ascii_digit).map(|offset| at + offset);
                let digits = ["0", "7", "99999", "1000000000000", "18446744073709551615", "99999999999999999999999"];
                let digits = digits[random.random_range(0..digits.len())];
                if let Some(start) = start {
                    bytes.splice(start..=start, digits.bytes());
                }
            }
            9 => {
                let zeros = random.random_range(0..2000);
                bytes.resize(bytes.len() + zeros, 0);
            }
            10 => bytes[at..at + length].reverse(),
            _ => {
                let word = WORDS[random.random_range(0..WORDS.len())];
                let end = if random.random_ratio(1, 2) { (at + word.len()).min(bytes.len()) } else { at };
                bytes.splice(at..end, word.iter().copied());
            }
        }
    }
}
