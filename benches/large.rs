//! Trains on files that are larger than memory, and compares bits and time with training in memory.
//!
//!     cargo build --release -p feedforward-benches --features mapped --bin large
//!     bash -c 'ulimit -v 1048576; target/release/large 6000'
//!
//! The first argument is the size of the inputs in MB, 64 by default; the second a folder for the files, which are
//! removed at the end. First one epoch of 784-30-10 on the files, and one on the same numbers computed row by row: the
//! weights must have the same bits. Then epochs of 60,000 rows of the configurations mnist and nielsen, in turn from a
//! file in the page cache and from memory; the last column is the ratio of the medians.

#![allow(missing_docs)]

#[allow(dead_code)]
mod common;

use common::{CONFIGURATIONS, Configuration};
use feedforward::data::{Batch, Examples, Mapped, write_npy};
use feedforward::error::Result;
use feedforward::{Dataset, Identity, Momentum, Mse, Network, Relu, Trainer};
use ndarray::Array2;
use std::fs::File;
use std::hint::black_box;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

const INPUTS: usize = 784;
const OUTPUTS: usize = 10;
const ROWS: usize = 60_000;
const EPOCHS: usize = 9;

/// Rows that are computed when they are gathered.
struct Computed {
    rows: usize,
}

impl Examples<f32> for Computed {
    fn len(&self) -> usize {
        self.rows
    }

    fn input_size(&self) -> usize {
        INPUTS
    }

    fn target_size(&self) -> usize {
        OUTPUTS
    }

    fn gather(&self, rows: &[usize], batch: &mut Batch<f32>) -> Result<()> {
        batch.resize(rows.len(), INPUTS, OUTPUTS);
        for (index, &row) in rows.iter().enumerate() {
            compute(row, 0, batch.input_mut(index));
            compute(row, INPUTS, batch.target_mut(index));
        }
        Ok(())
    }
}

/// Computes numbers of a row in [-1, 1).
fn compute(row: usize, first: usize, to: &mut [f32]) {
    for (column, value) in to.iter_mut().enumerate() {
        let bits = mix((row * (INPUTS + OUTPUTS) + first + column) as u64) >> 40;
        *value = bits as f32 / (1 << 23) as f32 - 1.0;
    }
}

/// The bits of a counter, well mixed (SplitMix64).
fn mix(counter: u64) -> u64 {
    let mut bits = counter.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// Writes a .npy file of computed rows.
fn write(path: &Path, rows: usize, first: usize, columns: usize) {
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path).unwrap());
    let text = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    file.write_all(b"\x93NUMPY\x01\x00\x76\x00").unwrap();
    writeln!(file, "{text:117}").unwrap();
    let mut numbers = vec![0.0; columns];
    for row in 0..rows {
        compute(row, first, &mut numbers);
        numbers.iter().for_each(|number| file.write_all(&number.to_le_bytes()).unwrap());
    }
    file.flush().unwrap();
}

/// Trains one epoch; returns a hash of the weights (FNV-1a of their bits) and the seconds.
fn train(examples: &dyn Examples<f32>) -> (u64, f64) {
    let mut network = Network::<f32>::builder(INPUTS).dense(30, Relu).dense(OUTPUTS, Identity).seed(1).build().unwrap();
    let start = Instant::now();
    let mut optimizer = Momentum::new(0.01, 0.9).unwrap();
    Trainer::new(1).batch_size(64).seed(3).fit(&mut network, examples, &Mse, &mut optimizer).unwrap();
    let seconds = start.elapsed().as_secs_f64();
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    network.visit(&mut |parameter| {
        let bytes = parameter.value().iter().flat_map(|value| value.to_le_bytes());
        bytes.for_each(|byte| hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    });
    (hash, seconds)
}

/// The most memory that was resident so far, with mapped pages, and the private part of what is resident now, in MB.
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let megabytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
        kilobytes.map_or("unknown".to_owned(), |kilobytes| format!("{} MB", kilobytes / 1000))
    };
    format!("peak {}, private {}", megabytes("VmHWM:"), megabytes("RssAnon:"))
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

/// Times epochs from a file and from memory, in turn.
fn compare(configuration: &Configuration, folder: &Path, uses_bytes: bool) {
    let outputs = configuration.sizes[configuration.sizes.len() - 1];
    let inputs = Array2::from_shape_fn((ROWS, configuration.sizes[0]), |(row, column)| {
        f32::from((mix((row * INPUTS + column) as u64) >> 56) as u8) / 255.0
    });
    let targets = Array2::from_shape_fn((ROWS, outputs), |(row, column)| f32::from(row % outputs == column));
    let [x, y] = ["x", "y"].map(|name| folder.join(format!("{name}.npy")));
    if uses_bytes {
        let mut bytes = vec![0, 0, 8, 2];
        [ROWS, INPUTS].iter().for_each(|&size| bytes.extend((size as u32).to_be_bytes()));
        bytes.extend(inputs.iter().map(|number| (number * 255.0).round() as u8));
        std::fs::write(&x, bytes).unwrap();
    } else {
        write_npy(&x, &inputs).unwrap();
    }
    write_npy(&y, &targets).unwrap();
    let mapped = Mapped::new(&x, &y).unwrap();
    let mapped = if uses_bytes { mapped.scale_inputs(1.0 / 255.0).unwrap() } else { mapped };
    let data = Dataset::new(inputs, targets).unwrap();
    let mut seconds = [Vec::new(), Vec::new()];
    let mut weights = [Vec::new(), Vec::new()];
    let sources: [&dyn Examples<f32>; 2] = [&mapped, &data];
    for _ in 0..EPOCHS {
        for (index, examples) in sources.into_iter().enumerate() {
            let mut network = configuration.network();
            let mut optimizer = Momentum::new(0.01, 0.9).unwrap();
            let mut trainer = Trainer::new(1).batch_size(configuration.batch);
            let start = Instant::now();
            trainer.fit(&mut network, examples, &Mse, &mut optimizer).unwrap();
            seconds[index].push(start.elapsed().as_secs_f64());
            weights[index] = network.predict(&data.inputs().slice(ndarray::s![..9, ..])).unwrap().into_iter().collect();
        }
    }
    assert_eq!(weights[0], weights[1], "the same bits");
    let [file, memory] = seconds.map(median);
    let kind = if uses_bytes { "bytes" } else { "f32" };
    println!("{:40}{kind:>8}{file:>10.3}{memory:>10.3}{:>8.3}", configuration.id(), file / memory);
    let mut batch = Batch::default();
    let rows: Vec<usize> = (0..ROWS).map(|row| row * 7919 % ROWS).collect();
    let start = Instant::now();
    for rows in rows.chunks(configuration.batch) {
        mapped.gather(rows, &mut batch).unwrap();
        black_box(&batch);
    }
    let gigabytes = (ROWS * INPUTS * size_of::<f32>()) as f64 / 1e9 / start.elapsed().as_secs_f64();
    println!("    gathering alone: {gigabytes:.1} GB/s of f32");
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let megabytes: usize = arguments.next().map_or(64, |text| text.parse().unwrap());
    let folder = arguments.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = folder.join(format!("feedforward-large-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let [x, y] = ["x", "y"].map(|name| folder.join(format!("{name}.npy")));
    let rows = (megabytes * 1_000_000).div_ceil(INPUTS * size_of::<f32>());

    let start = Instant::now();
    write(&x, rows, 0, INPUTS);
    write(&y, rows, INPUTS, OUTPUTS);
    println!("{rows} rows written in {:.1} s, {}", start.elapsed().as_secs_f64(), memory());
    let (mapped, seconds) = train(&Mapped::new(&x, &y).unwrap());
    println!("an epoch from the files: {seconds:.1} s, weights {mapped:016x}, {}", memory());
    let (computed, seconds) = train(&Computed { rows });
    println!("an epoch of computed rows: {seconds:.1} s, weights {computed:016x}, {}", memory());
    assert_eq!(mapped, computed, "the same bits");

    println!("\n{:40}{:>8}{:>10}{:>10}{:>8}", "seconds of an epoch", "type", "file", "memory", "ratio");
    for name in ["mnist", "nielsen"] {
        let configuration = CONFIGURATIONS.iter().find(|configuration| configuration.name == name).unwrap();
        compare(configuration, &folder, false);
        compare(configuration, &folder, true);
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
