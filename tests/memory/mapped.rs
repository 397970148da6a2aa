//! Files that are larger than memory: converting one and training on it takes the memory of some rows.

use crate::counting::{allocations, peak_memory};
use feedforward::data::{Batch, Csv, Examples, Mapped, write_npy};
use feedforward::{Adam, Identity, Mse, Network, Trainer};
use ndarray::Array2;
use std::path::PathBuf;

struct Temporary(PathBuf);

impl Temporary {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("feedforward-memory-{}-{name}", std::process::id())))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).ok();
    }
}

#[cfg(feature = "csv")]
#[test]
fn a_table_of_any_size_is_converted_within_a_mebibyte() {
    let (source, x, y) = (Temporary::new("table.csv"), Temporary::new("table-x.npy"), Temporary::new("table-y.npy"));
    let peak = |rows: usize| {
        let mut text = "a,b,c\n".to_owned();
        (0..rows).for_each(|row| text += &format!("{row},{}.25,text {row}\n", row * 3));
        std::fs::write(&source.0, &text).unwrap();
        let reader = Csv::new();
        let (found, peak) = peak_memory(|| reader.to_npy::<f64>(&source.0, &[(&x.0, &["b", "a"]), (&y.0, &["a"])]));
        assert_eq!(found.unwrap(), rows);
        peak
    };
    let (few, many) = (peak(1_000), peak(300_000));
    assert_eq!(few, many);
    assert!(many < 1 << 20, "took {many} bytes");
}

#[test]
fn rows_of_a_mapped_file_are_gathered_without_a_request_for_memory() {
    let file = Temporary::new("rows.npy");
    write_npy(&file.0, &Array2::from_shape_fn((10_000, 100), |(row, column)| (row * column) as f32)).unwrap();
    let (examples, peak) = peak_memory(|| Mapped::<f32>::new(&file.0, &file.0).unwrap());
    assert!(peak < 1 << 16, "opening took {peak} bytes");
    let other = Mapped::<f64>::new(&file.0, &file.0).unwrap().scale_inputs(0.1).unwrap();
    let (mut batch, mut wide) = (Batch::default(), Batch::default());
    let rows: [usize; 64] = std::array::from_fn(|index| index * 7919 % 10_000);
    examples.gather(&rows, &mut batch).unwrap();
    other.gather(&rows, &mut wide).unwrap();
    let requests = allocations(|| {
        for first in 0..1_000 {
            let rows = rows.map(|row| (row + first) % 10_000);
            examples.gather(&rows, &mut batch).unwrap();
            other.gather(&rows, &mut wide).unwrap();
        }
    });
    assert_eq!(requests, 0);
}

/// A fit with validation on a part of a mapped file of 8 MB.
#[test]
fn training_on_a_mapped_file_takes_the_memory_of_batches() {
    let (x, y) = (Temporary::new("fit-x.npy"), Temporary::new("fit-y.npy"));
    write_npy(&x.0, &Array2::from_shape_fn((10_000, 200), |(row, column)| ((row * column) % 17) as f32 / 17.0))
        .unwrap();
    write_npy(&y.0, &Array2::from_shape_fn((10_000, 1), |(row, _)| (row % 17) as f32 / 17.0)).unwrap();
    let examples = Mapped::<f32>::new(&x.0, &y.0).unwrap();
    let mut network = Network::<f32>::builder(200).dense(8, Identity).dense(1, Identity).build().unwrap();
    let mut trainer = Trainer::new(2).batch_size(32).validation_share(0.2);
    let (outcome, peak) =
        peak_memory(|| trainer.fit(&mut network, &examples, &Mse, &mut Adam::new(0.001).unwrap()).unwrap());
    assert_eq!(outcome.len(), 2);
    assert!(peak < 4 << 20, "took {peak} bytes");
}
