//! What the examples with real data share: reading files, shuffling rows, counting hits.

use ndarray::{Array2, ArrayRef2, Axis, s};
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use std::{fs::File, io::Read, path::Path};

pub type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Reads a table of numbers, gzipped or not.
pub fn read_table(path: &str, header: bool) -> Outcome<Array2<f64>> {
    let file = File::open(path).map_err(|error| format!("{path}: {error}"))?;
    let plain: Box<dyn Read> =
        if path.ends_with(".gz") { Box::new(flate2::read::GzDecoder::new(file)) } else { Box::new(file) };
    let mut reader = csv::ReaderBuilder::new().has_headers(header).from_reader(plain);
    let rows = reader.deserialize().collect::<Result<Vec<Vec<f64>>, _>>()?;
    let columns = rows.first().map_or(0, Vec::len);
    Ok(Array2::from_shape_vec((rows.len(), columns), rows.concat())?)
}

/// Reads one of MNIST's gzipped IDX files: the bytes after the header, one row for each example.
pub fn read_idx(path: &Path) -> Outcome<Array2<f32>> {
    let file = File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(file).read_to_end(&mut bytes)?;
    let number = |at: usize| bytes.get(at..at + 4).map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]) as usize);
    let dimensions = bytes.get(3).map_or(0, |&count| usize::from(count));
    let rows = number(4).ok_or("the file ends within its header")?;
    let values = bytes.get(4 + 4 * dimensions..).ok_or("the file ends within its header")?;
    let columns = values.len() / rows.max(1);
    Ok(Array2::from_shape_vec((rows, columns), values.iter().map(|&value| f32::from(value)).collect())?)
}

/// The numbers 0..count in an order that the seed decides.
pub fn shuffled(count: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<_> = (0..count).collect();
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    order
}

/// Rows in a random order, the first part for training, the rest for testing.
pub fn split<F: Clone>(table: &Array2<F>, train: f64, seed: u64) -> (Array2<F>, Array2<F>) {
    let shuffled = table.select(Axis(0), &shuffled(table.nrows(), seed));
    let border = (table.nrows() as f64 * train) as usize;
    (shuffled.slice(s![..border, ..]).to_owned(), shuffled.slice(s![border.., ..]).to_owned())
}

/// The column of the largest number in each row.
pub fn largest(outputs: &ArrayRef2<f32>) -> Vec<usize> {
    let best =
        |row: ndarray::ArrayView1<'_, f32>| (0..row.len()).fold(0, |best, k| if row[k] > row[best] { k } else { best });
    outputs.rows().into_iter().map(best).collect()
}

/// The share of rows whose largest number is in the column that the target names.
pub fn accuracy(outputs: &ArrayRef2<f32>, targets: &ArrayRef2<f32>) -> f64 {
    let hits = largest(outputs).into_iter().zip(targets).filter(|&(class, &target)| class == target as usize).count();
    hits as f64 / targets.nrows() as f64
}
