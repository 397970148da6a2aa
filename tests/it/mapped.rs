//! Examples in mapped files are those that the readers read, and no bad file gets through the door.

use crate::common::{Matrix, matrix};
use crate::readers::{Temporary, golden, golden_arrays, zipped};
use feedforward::data::*;
use feedforward::error::Result;
use feedforward::{Adam, Dataset, Error, Float, Identity, Mse, Network, Sgd, Tanh, Trainer};
use ndarray::{Array2, array};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;
use std::fs::File;

fn npy<F: Float>(name: &str, matrix: &Array2<F>) -> Temporary {
    let file = Temporary::new(&format!("mapped-{name}.npy"), b"");
    write_npy(&file.0, matrix).unwrap();
    file
}

/// Opens one file as inputs and targets.
fn open(file: &Temporary) -> Result<Mapped<f64>> {
    Mapped::new(&file.0, &file.0)
}

fn inputs<F: Float>(examples: &Mapped<F>, rows: &[usize]) -> Result<Array2<F>> {
    let mut batch = Batch::default();
    examples.gather(rows, &mut batch)?;
    Ok(batch.inputs().to_owned())
}

fn all<F: Float>(examples: &Mapped<F>) -> Result<Array2<F>> {
    inputs(examples, &(0..examples.len()).collect::<Vec<_>>())
}

/// What the error says behind the name of the file.
fn say<T: std::fmt::Debug>(file: &Temporary, outcome: Result<T>) -> String {
    let text = outcome.unwrap_err().to_string();
    let name = format!("{}: ", file.0.display());
    text.strip_prefix(&name).unwrap_or_else(|| panic!("{text:?} does not name the file")).to_owned()
}

#[test]
fn arrays_of_numpy_are_mapped_in_every_type_version_and_number_of_axes() {
    let text = std::fs::read_to_string(golden("npy.json")).unwrap();
    let expected: BTreeMap<String, Matrix> = serde_json::from_str(&text).unwrap();
    let files = golden_arrays();
    let (mut mapped, mut refused) = (0, 0);
    for (name, rows) in expected {
        let expected = matrix::<f64>(&rows);
        let file = Temporary::new(&format!("mapped-{name}.npy"), &files[&name]);
        let examples = match open(&file) {
            Ok(examples) => examples,
            Err(error) => {
                assert!(
                    error.to_string().contains("expected rows in C order, found Fortran order; save it"),
                    "{error}"
                );
                refused += 1;
                continue;
            }
        };
        mapped += 1;
        assert_eq!(all(&examples).unwrap(), expected, "{name}");
        let last = expected.nrows() - 1;
        assert_eq!(inputs(&examples, &[last, 0, 0]).unwrap(), expected.select(ndarray::Axis(0), &[last, 0, 0]));
        let narrow = all(&Mapped::<f32>::new(&file.0, &file.0).unwrap());
        match expected.iter().all(|&value| (value as f32).is_finite()) {
            true => assert_eq!(narrow.unwrap(), expected.mapv(|value| value as f32), "{name}"),
            false => assert!(narrow.unwrap_err().to_string().contains("finite as f32"), "{name}"),
        }
    }
    // Of 12 types in 2 orders of bytes, those of 2 and more axes in Fortran order.
    assert!(mapped > 100 && refused > 50, "{mapped} mapped, {refused} refused");
}

#[test]
fn idx_files_are_mapped_as_they_are_read() {
    let numbers: [(u8, Vec<u8>); 6] = [
        (0x08, (0..12).collect()),
        (0x09, (0..12).map(|number: u8| number.wrapping_sub(6)).collect()),
        (0x0b, (0..12_i16).flat_map(|number| (number - 700).to_be_bytes()).collect()),
        (0x0c, (0..12_i32).flat_map(|number| (number - 70_000).to_be_bytes()).collect()),
        (0x0d, (0..12_u8).flat_map(|number| (f32::from(number) + 0.1).to_be_bytes()).collect()),
        (0x0e, (0..12_u8).flat_map(|number| (f64::from(number) + 0.1).to_be_bytes()).collect()),
    ];
    for (code, numbers) in numbers {
        let header = [0, 0, code, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3];
        let file = Temporary::new("mapped.any-name", &[&header[..], &numbers].concat());
        let expected = read_idx::<f64>(&file.0).unwrap();
        assert_eq!(all(&open(&file).unwrap()).unwrap(), expected);
        let scaled = open(&file).unwrap().scale_inputs(0.3).unwrap();
        assert_eq!(all(&scaled).unwrap(), expected * 0.3);
    }
}

#[test]
fn images_over_255_are_those_of_the_readers_to_the_last_bit() {
    let mut bytes = vec![0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 1, 0];
    bytes.extend(0..=255);
    let file = Temporary::new("mapped-scaled.idx", &bytes);
    let mapped = Mapped::<f32>::new(&file.0, &file.0).unwrap().scale_inputs(1.0 / 255.0).unwrap();
    assert_eq!(all(&mapped).unwrap(), read_idx::<f32>(&file.0).unwrap() / 255.0);
}

#[test]
fn inputs_targets_and_weights_belong_together_row_by_row() {
    let x = npy("x", &Array2::from_shape_fn((5000, 3), |(row, column)| (3 * row + column) as f32));
    let y = npy("y", &Array2::from_shape_fn((5000, 2), |(row, column)| (row + column) as f64 * 10.0));
    let w = npy("w", &Array2::from_shape_fn((5000, 1), |(row, _)| (row % 3) as f64));
    let examples = Mapped::<f64>::new(&x.0, &y.0).unwrap();
    assert_eq!((examples.len(), examples.input_size(), examples.target_size()), (5000, 3, 2));
    assert!(!examples.has_weights());
    let examples = examples.scale_targets(0.5).unwrap().with_weights(&w.0).unwrap();
    assert!(examples.has_weights());
    let mut batch = Batch::default();
    examples.gather(&[4999, 7, 8], &mut batch).unwrap();
    assert_eq!(batch.inputs(), array![[14_997.0, 14_998.0, 14_999.0], [21.0, 22.0, 23.0], [24.0, 25.0, 26.0]]);
    assert_eq!(batch.targets(), array![[24_995.0, 25_000.0], [35.0, 40.0], [40.0, 45.0]]);
    assert_eq!(batch.weights(), Some(&[1.0, 1.0, 2.0][..]));
    examples.gather_targets(&[1], &mut batch).unwrap();
    assert_eq!((batch.targets(), batch.weights()), (&array![[5.0, 10.0]] as &ndarray::ArrayRef2<_>, Some(&[1.0][..])));
    assert!(format!("{examples:?}").contains("rows: 5000"));

    // A split is that of the same data in memory.
    let data = Dataset::new(read_npy(&x.0).unwrap(), read_npy::<f64>(&y.0).unwrap() * 0.5).unwrap();
    let data = data.with_weights(read_npy::<f64>(&w.0).unwrap().into_raw_vec_and_offset().0).unwrap();
    let (mapped, _) = examples.split(0.01, 3).unwrap();
    let (expected, _) = data.split(0.01, 3).unwrap();
    mapped.gather(&(0..mapped.len()).collect::<Vec<_>>(), &mut batch).unwrap();
    assert_eq!((batch.inputs(), batch.targets()), (expected.inputs(), expected.targets()));
    assert_eq!(batch.weights(), expected.weights());
    let text = "Examples::gather: expected a row below 5000, found 5000";
    assert_eq!(examples.gather(&[5000], &mut batch).unwrap_err().to_string(), text);
}

#[test]
fn files_that_do_not_fit_together_are_refused() {
    let (two, three) = (npy("two", &array![[1.0], [2.0]]), npy("three", &array![[1.0], [2.0], [3.0]]));
    let text = format!("expected 2 rows, as in {}, found 3", two.0.display());
    assert_eq!(say(&three, Mapped::<f32>::new(&two.0, &three.0)), text);
    assert_eq!(say(&three, open(&two).unwrap().with_weights(&three.0)), text);
}

#[test]
fn weights_that_cannot_be_are_refused() {
    let rows = npy("rows", &Array2::<f64>::zeros((5000, 1)));
    let weights = |name: &str, change: &dyn Fn(&mut Array2<f64>)| {
        let mut weights = Array2::ones((5000, 1));
        change(&mut weights);
        let file = npy(&format!("weights-{name}"), &weights);
        say(&file, open(&rows).unwrap().with_weights(&file.0))
    };
    let text = "expected weights >= 0, found -0.5 in row 4999 (counted from 0)";
    assert_eq!(weights("negative", &|weights| weights[[4999, 0]] = -0.5), text);
    let text = "expected numbers that are finite as f64, found NaN in row 4500, column 0 (counted from 0)";
    assert_eq!(weights("nan", &|weights| weights[[4500, 0]] = f64::NAN), text);
    assert_eq!(weights("zero", &|weights| weights.fill(0.0)), "expected a weight above 0, found only zeros");
    assert_eq!(
        weights("large", &|weights| weights.fill(1e308)),
        "expected weights with a finite sum, found one that overflows"
    );
    assert_eq!(
        weights("wide", &|weights| *weights = Array2::ones((5000, 2))),
        "expected one weight in each row, found 2"
    );
}

#[test]
fn scales_that_cannot_be_are_refused() {
    let file = npy("scale", &array![[1.0], [2.0]]);
    for scale in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let text = |what: &str| format!("Mapped: scale of the {what}: expected a finite number > 0, found {scale}");
        assert_eq!(open(&file).unwrap().scale_inputs(scale).unwrap_err().to_string(), text("inputs"));
        assert_eq!(open(&file).unwrap().scale_targets(scale).unwrap_err().to_string(), text("targets"));
    }
}

#[test]
fn a_file_that_is_not_as_long_as_its_header_says_is_refused() {
    let file = npy("whole", &array![[1.0_f32, 2.0], [3.0, 4.0]]);
    let bytes = std::fs::read(&file.0).unwrap();
    assert_eq!(bytes.len(), 144);
    for length in 0..bytes.len() {
        let cut = Temporary::new("mapped-cut.npy", &bytes[..length]);
        let text = say(&cut, open(&cut));
        match length {
            0..6 => assert!(text.starts_with("expected a .npy or an IDX file, found one that starts with"), "{text}"),
            6..128 => assert_eq!(text, "expected a whole header, found the end of the file within it"),
            _ => {
                let expected = "expected a file of 144 bytes for the shape [2, 2] in its header";
                assert_eq!(text, format!("{expected}, found {length}"));
            }
        }
    }
    let longer = Temporary::new("mapped-longer.npy", &[&bytes[..], &[0]].concat());
    let text = "expected a file of 144 bytes for the shape [2, 2] in its header, found 145";
    assert_eq!(say(&longer, open(&longer)), text);
    let idx = Temporary::new("mapped-cut.idx", &[0, 0, 8, 1, 0, 0, 0, 3, 1, 2]);
    assert_eq!(say(&idx, open(&idx)), "expected a file of 11 bytes for the shape [3] in its header, found 10");
    let idx = Temporary::new("mapped-huge.idx", &[&[0, 0, 8, 4][..], &[255; 16]].concat());
    assert!(say(&idx, open(&idx)).starts_with("expected a shape that fits into memory, found"));
}

#[test]
fn what_is_no_file_of_numbers_is_named() {
    let refuse = |name: &str, bytes: &[u8]| {
        let file = Temporary::new(&format!("mapped-refused-{name}"), bytes);
        say(&file, open(&file))
    };
    let text = "expected a .npy or an IDX file, found one that starts with [78, 2c, 79, 0a, 31, 2c]";
    assert_eq!(refuse("csv", b"x,y\n1,2\n"), text);
    let text = "expected a file that can be mapped, found a gzipped one: unpack it first";
    assert_eq!(refuse("gzip", &zipped(b"\x93NUMPY")), text);
    assert_eq!(refuse("code", &[0, 0, 7, 1, 0, 0, 0, 0]), "expected an element type from 0x08 to 0x0e, found 0x07");
    assert_eq!(refuse("rows", &[0, 0, 8, 1, 0, 0, 0, 0]), "expected at least one number, found the shape [0]");
    let text = "expected an IDX file of 1 to 4 dimensions, found a file that starts with [00, 00, 08, 05]";
    assert_eq!(refuse("axes", &[0, 0, 8, 5, 0, 0, 0, 0]), text);
    for (name, words) in [
        ("strings", "expected numbers, found strings: the type is \"<U3\""),
        ("complex", "expected numbers, found complex numbers: the type is \"<c16\""),
        ("empty", "expected at least one number, found the shape [0, 3]"),
        ("columnless", "expected at least one number, found the shape [3, 0]"),
    ] {
        assert_eq!(refuse(name, &golden_arrays()[&format!("refused-{name}")]), words);
    }
    let folder = Temporary(std::env::temp_dir());
    let text = "expected a file that can be mapped, found a folder, a pipe or a device";
    let found = say(&folder, Mapped::<f64>::new(&folder.0, &folder.0));
    std::mem::forget(folder);
    assert_eq!(found, text);
    let missing = std::env::temp_dir().join("feedforward-mapped-missing.npy");
    let error = Mapped::<f32>::new(&missing, &missing).unwrap_err();
    assert!(matches!(&error, Error::File { path, .. } if *path == missing), "{error}");
}

#[test]
fn a_number_that_is_not_finite_is_named_with_its_file_when_it_is_gathered() {
    let mut numbers = Array2::<f64>::zeros((100, 7));
    numbers[[60, 3]] = f64::NAN;
    numbers[[70, 2]] = 1e300;
    let file = npy("nan", &numbers);
    let examples = open(&file).unwrap();
    assert!(inputs(&examples, &[59, 61]).is_ok());
    let text = "expected numbers that are finite as f64, found NaN in row 60, column 3 (counted from 0)";
    assert_eq!(say(&file, inputs(&examples, &[5, 58, 59, 60, 61])), text);
    let narrow = Mapped::<f32>::new(&file.0, &file.0).unwrap();
    let text = "expected numbers that are finite as f32, found 1e300 in row 70, column 2 (counted from 0)";
    assert_eq!(say(&file, inputs(&narrow, &[70])), text);
    // A scale can make it fit.
    assert!(inputs(&narrow.scale_inputs(1e-300).unwrap().scale_targets(1e-300).unwrap(), &[70]).is_ok());
    let text = "expected numbers that are finite as f64, found inf in row 70, column 2 (counted from 0)";
    assert_eq!(say(&file, inputs(&open(&file).unwrap().scale_targets(1e10).unwrap(), &[70])), text);
}

#[test]
fn a_file_that_becomes_shorter_is_an_error() {
    let x = npy("shrinking", &Array2::<f64>::ones((1000, 50)));
    let examples = open(&x).unwrap();
    assert!(inputs(&examples, &[999]).is_ok());
    File::options().write(true).open(&x.0).unwrap().set_len(50_000).unwrap();
    let text = "expected 400128 bytes, as when the file was opened, found 50000: it became shorter";
    assert_eq!(say(&x, inputs(&examples, &[999])), text);
    assert_eq!(say(&x, inputs(&examples, &[0])), text);
    File::options().write(true).open(&x.0).unwrap().set_len(0).unwrap();
    assert!(say(&x, inputs(&examples, &[0])).ends_with("found 0: it became shorter"));
}

/// A new file under the old name leaves the old content in place.
#[cfg(unix)]
#[test]
fn a_file_that_is_replaced_is_read_to_its_end() {
    let (old, new) = (npy("old", &array![[1.0], [2.0]]), npy("new", &array![[3.0]]));
    let examples = open(&old).unwrap();
    std::fs::rename(&new.0, &old.0).unwrap();
    assert_eq!(all(&examples).unwrap(), array![[1.0], [2.0]]);
}

#[test]
fn training_has_the_bits_of_training_in_memory() {
    let x = npy("fit-x", &Array2::from_shape_fn((300, 4), |(row, column)| ((row * (column + 3)) % 17) as f32 / 17.0));
    let y = npy("fit-y", &Array2::from_shape_fn((300, 1), |(row, _)| (row % 5) as f32 / 5.0));
    let w = npy("fit-w", &Array2::from_shape_fn((300, 1), |(row, _)| (row % 3) as f32));
    let fit = |examples: &dyn Examples<f32>| {
        let mut network = Network::<f32>::builder(4).dense(8, Tanh).dense(1, Identity).seed(2).build().unwrap();
        let mut trainer = Trainer::new(3).batch_size(32).seed(5).validation_share(0.3);
        let history = trainer.fit(&mut network, examples, &Mse, &mut Adam::new(0.01).unwrap()).unwrap();
        let losses: Vec<_> =
            history.epochs().iter().map(|epoch| (epoch.training_loss, epoch.validation_loss)).collect();
        let evaluation = network.evaluate(examples, &Mse, &[]).unwrap();
        (network.predict(&array![[0.1, 0.2, 0.3, 0.4]]).unwrap(), losses, evaluation.loss)
    };
    let mapped = Mapped::<f32>::new(&x.0, &y.0).unwrap().with_weights(&w.0).unwrap();
    let weights = read_npy::<f32>(&w.0).unwrap().into_raw_vec_and_offset().0;
    let data = Dataset::new(read_npy(&x.0).unwrap(), read_npy(&y.0).unwrap()).unwrap().with_weights(weights).unwrap();
    let expected = fit(&data);
    assert_eq!(fit(&mapped), expected);
    // Parts, by reference and shared.
    let rows: Vec<_> = (0..300).rev().collect();
    assert_eq!(fit(&mapped.select(&rows).unwrap()), fit(&data.select(&rows).unwrap()));
    // Changed rows are the same from both, and others than the original ones.
    let change = |rng: &mut ChaCha8Rng, input: &mut [f32], _: &mut [f32]| input[0] += rng.random_range(-0.1..0.1);
    let changed = fit(&data.clone().map(1, change));
    assert_eq!(fit(&mapped.map(1, change)), changed);
    assert_ne!(changed, expected);
}

#[test]
fn a_fit_ends_with_the_error_of_a_row_in_the_middle_of_a_file() {
    let mut numbers = Array2::<f64>::ones((300, 2));
    numbers[[211, 1]] = f64::NAN;
    let (x, y) = (npy("fit-nan", &numbers), npy("fit-ones", &Array2::<f64>::ones((300, 1))));
    let examples = Mapped::<f64>::new(&x.0, &y.0).unwrap();
    let mut network = Network::<f64>::builder(2).dense(1, Identity).build().unwrap();
    let mut trainer = Trainer::new(2).batch_size(16);
    let outcome = trainer.fit(&mut network, &examples, &Mse, &mut Sgd::new(0.01).unwrap());
    let (text, name) = (outcome.unwrap_err().to_string(), x.0.display().to_string());
    assert!(text.starts_with("training was interrupted in epoch 1, batch "), "{text}");
    let rest = "expected numbers that are finite as f64, found NaN in row 211, column 1 (counted from 0)";
    assert!(text.ends_with(&format!(": {name}: {rest}")), "{text}");
}
