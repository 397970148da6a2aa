//! Many classes: a fit needs memory for the numbers of the classes, not for a column each.

use crate::counting::peak_memory;
use feedforward::estimator::Settings;
use feedforward::*;
use ndarray::Array2;

const ROWS: usize = 20_000;
const CLASSES: usize = 5_000;

/// Every row's class in turn, and the inputs that tell it.
fn data() -> (Array2<f32>, Vec<usize>) {
    let classes: Vec<usize> = (0..ROWS).map(|row| row * 7 % CLASSES).collect();
    let inputs =
        Array2::from_shape_fn((ROWS, 8), |(row, bit)| (classes[row] >> bit & 3) as f32 + (row % 11) as f32 / 100.0);
    (inputs, classes)
}

#[test]
fn five_thousand_classes_take_the_memory_of_their_numbers() {
    // On a single thread, whose requests are all counted.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    pool.install(compare);
}

fn compare() {
    let (inputs, classes) = data();
    let settings = Settings { hidden: vec![100], epochs: 1, batch_size: 100, ..Settings::default() };

    let targets = Array2::from_shape_fn((ROWS, 1), |(row, _)| classes[row] as f32);
    let ((), of_indices) = peak_memory(|| {
        let data = Dataset::new(inputs.clone(), targets.clone()).unwrap();
        let mut network = Network::builder(8).dense(100, Relu).dense(CLASSES, Identity).build().unwrap();
        let mut rule = Adam::new(0.001).unwrap();
        Trainer::new(1).batch_size(100).fit(&mut network, &data, &CrossEntropy::default(), &mut rule).unwrap();
    });
    let (model, of_fit) =
        peak_memory(|| Classifier::builder(&inputs, &classes).settings(settings).balanced().fit().unwrap());
    let ratio = of_fit as f64 / of_indices as f64;
    println!("{} KiB by hand, {} KiB by the estimator, {ratio:.2}", of_indices >> 10, of_fit >> 10);
    assert!(ratio < 1.5, "{of_fit} bytes, {of_indices} by hand");
    // All outputs of all rows would be 400 MB.
    let (predicted, of_prediction) = peak_memory(|| model.predict(&inputs).unwrap());
    assert_eq!(predicted.len(), ROWS);
    assert!(of_prediction < of_indices, "{of_prediction} bytes, {of_indices} of a fit");
}
