//! Parts of examples: what `Dataset` and any other examples give when rows are selected, split or changed.

use feedforward::data::{Arrays, Batch, Examples, Subset, k_fold};
use feedforward::error::Result;
use feedforward::metrics::R2;
use feedforward::{Dataset, Identity, Mse, Network, Sgd, Tanh, Trainer};
use ndarray::{Array2, array};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

const ROWS: usize = 50;

fn matrix(rows: usize, columns: usize) -> Array2<f64> {
    Array2::from_shape_fn((rows, columns), |(row, column)| (10 * row + column) as f64)
}

fn data() -> Dataset<f64> {
    Dataset::new(matrix(ROWS, 3), matrix(ROWS, 1)).unwrap()
}

fn weighted() -> Dataset<f64> {
    data().with_weights((0..ROWS).map(|row| (row % 4) as f64).collect()).unwrap()
}

/// The same rows without a matrix.
#[derive(Debug)]
struct Computed {
    weights: Option<Vec<f64>>,
}

impl Examples<f64> for Computed {
    fn len(&self) -> usize {
        ROWS
    }
    fn input_size(&self) -> usize {
        3
    }
    fn target_size(&self) -> usize {
        1
    }
    fn has_weights(&self) -> bool {
        self.weights.is_some()
    }
    fn gather(&self, rows: &[usize], batch: &mut Batch<f64>) -> Result<()> {
        batch.resize(rows.len(), 3, 1);
        for (index, &row) in rows.iter().enumerate() {
            batch.input_mut(index).iter_mut().enumerate().for_each(|(column, x)| *x = (10 * row + column) as f64);
            batch.target_mut(index)[0] = (10 * row) as f64;
            if let Some(weights) = &self.weights {
                batch.weights_mut()[index] = weights[row];
            }
        }
        Ok(())
    }
}

/// All rows of examples as a data set.
fn collect(examples: &dyn Examples<f64>) -> Dataset<f64> {
    let mut batch = Batch::default();
    examples.gather(&(0..examples.len()).collect::<Vec<_>>(), &mut batch).unwrap();
    let data = Dataset::new(batch.inputs().to_owned(), batch.targets().to_owned()).unwrap();
    match batch.weights() {
        Some(weights) => data.with_weights(weights.to_vec()).unwrap(),
        None => data,
    }
}

#[test]
fn a_part_equals_a_data_set_of_the_same_rows() {
    let rows = [3, 0, 0, 49];
    let part = weighted().select(&rows).unwrap();
    let same = Dataset::new(
        array![[30.0, 31.0, 32.0], [0.0, 1.0, 2.0], [0.0, 1.0, 2.0], [490.0, 491.0, 492.0]],
        array![[30.0], [0.0], [0.0], [490.0]],
    )
    .unwrap();
    assert_ne!(part, same);
    assert_eq!(part, same.clone().with_weights(vec![3.0, 0.0, 0.0, 1.0]).unwrap());
    assert_eq!(data().select(&rows).unwrap(), same);
    assert_eq!(part.inputs(), same.inputs());
    assert_eq!(part.targets(), same.targets());
    assert_eq!(part.classes().unwrap(), [30, 0, 0, 490]);
    assert_eq!(collect(&part), part);

    // A part of a part counts in the part.
    let inner = part.select(&[3, 0]).unwrap();
    assert_eq!(inner.inputs().column(0), array![490.0, 30.0]);
    assert_eq!(inner.weights(), Some(&[1.0, 3.0][..]));
    assert_eq!(inner.clone().with_weights(vec![5.0, 6.0]).unwrap().weights(), Some(&[5.0, 6.0][..]));
    assert_eq!(inner.weights(), Some(&[1.0, 3.0][..]));
    let balanced = data().select(&[1, 1, 2]).unwrap().with_balanced_classes().unwrap();
    assert_eq!(balanced.weights(), Some(&[0.75, 0.75, 1.5][..]));
}

#[test]
fn what_a_data_set_shows_is_short_until_it_is_copied() {
    let part = data().select(&[4, 2]).unwrap();
    assert_eq!(format!("{part:?}"), "Dataset { inputs: 2 x 3, targets: 2 x 1, weights: None }");
    part.inputs();
    part.targets();
    assert!(format!("{part:?}").contains("[40.0, 41.0, 42.0]"));
}

#[test]
fn any_examples_are_split_as_a_data_set_is() {
    let weights: Vec<f64> = (0..ROWS).map(|row| f64::from(row == 7 || row == 8)).collect();
    for seed in 0..20 {
        let computed = Computed { weights: None };
        let (one, other) = computed.split(0.3, seed).unwrap();
        let (first, second) = data().split(0.3, seed).unwrap();
        assert_eq!((collect(&one), collect(&other)), (first, second));

        // Both parts get one of the two rows with a weight.
        let computed = Computed { weights: Some(weights.clone()) };
        let (one, other) = computed.split(0.3, seed).unwrap();
        let (first, second) = data().with_weights(weights.clone()).unwrap().split(0.3, seed).unwrap();
        assert_eq!((collect(&one), collect(&other)), (first, second));
    }
}

#[test]
fn folds_select_rows_of_any_examples() {
    let computed = Computed { weights: Some(weighted().weights().unwrap().to_vec()) };
    for (train, test) in k_fold(computed.len(), 5, 3).unwrap() {
        assert_eq!(collect(&computed.select(&train).unwrap()), weighted().select(&train).unwrap());
        let subset = computed.select(&test).unwrap();
        assert_eq!(subset.rows(), test);
        // A subset of a subset, and one behind a reference.
        let inner = Examples::select(&subset, &[2, 0]).unwrap();
        assert_eq!(collect(&inner), weighted().select(&[test[2], test[0]]).unwrap());
        assert_eq!(collect(&&inner), collect(&inner));
        let mut batch = Batch::default();
        inner.gather_targets(&[1], &mut batch).unwrap();
        assert_eq!(batch.targets()[[0, 0]], (10 * test[0]) as f64);
    }
}

#[test]
fn rows_that_do_not_exist_and_parts_without_weight_are_refused() {
    let computed = Computed { weights: Some(vec![0.0; ROWS]) };
    let say = |error: feedforward::Error| error.to_string();
    let text = "Examples::select: expected a row below 50, found 50";
    assert_eq!(say(Subset::new(&data(), vec![0, 50]).unwrap_err()), text);
    assert_eq!(say(Computed { weights: None }.select(&[50]).unwrap_err()), text);
    assert_eq!(say(data().select(&[50]).unwrap_err()), "Dataset::select: expected a row below 50, found 50");
    assert_eq!(say(computed.select(&[]).unwrap_err()), "Examples::select: expected at least one row, found 0");
    let text = "Examples::select: expected a sample weight above 0, found only zeros";
    assert_eq!(say(computed.select(&[1, 2]).unwrap_err()), text);
    assert_eq!(say(computed.split(0.5, 1).unwrap_err()), text);
    let text = "Examples::split: expected a share between 0 and 1 that leaves no part empty, found 0.001 of 50 rows";
    assert_eq!(say(computed.split(0.001, 1).unwrap_err()), text);
    let text = "Examples::gather: expected a row below 50, found 50";
    assert_eq!(say(data().gather(&[50], &mut Batch::default()).unwrap_err()), text);
    let subset = Subset::new(&computed, vec![0]);
    assert!(subset.is_err());
    let data = data();
    let subset = Subset::new(&data, vec![4]).unwrap();
    let text = "Examples::gather: expected a row below 1, found 1";
    assert_eq!(say(subset.gather(&[1], &mut Batch::default()).unwrap_err()), text);
}

fn add_noise(rng: &mut ChaCha8Rng, input: &mut [f64], target: &mut [f64]) {
    input.iter_mut().for_each(|x| *x += rng.random_range(0.0..1.0));
    target[0] += rng.random_range(0.0..1.0);
}

#[test]
fn a_changed_row_is_the_same_in_any_order_and_any_batch() {
    let changed = weighted().map(7, add_noise);
    let all = collect(&changed);
    assert_ne!(all.inputs(), weighted().inputs());
    assert_eq!(all.weights(), weighted().weights());
    let mut batch = Batch::default();
    for row in (0..ROWS).rev() {
        changed.gather(&[row, (row + 5) % ROWS], &mut batch).unwrap();
        assert_eq!(batch.inputs().row(0), all.inputs().row(row));
        assert_eq!(batch.targets().row(0), all.targets().row(row));
        changed.gather_targets(&[row], &mut batch).unwrap();
        assert_eq!(batch.targets().row(0), all.targets().row(row));
    }
    // Each row has numbers of its own, and so has each seed.
    let noise = all.inputs() - weighted().inputs();
    let noise = noise.flatten().to_vec();
    assert!(noise.iter().enumerate().all(|(index, x)| !noise[..index].contains(x)));
    assert_ne!(collect(&weighted().map(8, add_noise)), all);
    // The rows of a subset keep their numbers.
    let subset = changed.select(&[9, 3]).unwrap();
    assert_eq!(collect(&subset), all.select(&[9, 3]).unwrap());
    // All threads see the same.
    let together = std::thread::scope(|scope| {
        let halves = [0..ROWS / 2, ROWS / 2..ROWS].map(|rows| {
            let changed = &changed;
            scope.spawn(move || collect(&Subset::new(changed, rows.collect()).unwrap()))
        });
        halves.map(|half| half.join().unwrap())
    });
    let first: Vec<_> = (0..ROWS / 2).collect();
    assert_eq!(together[0], all.select(&first).unwrap());
}

/// Rows that are shown as arrays which are not what they should be.
struct Shown {
    data: Dataset<f64>,
    inputs: Array2<f64>,
    targets: Array2<f64>,
}

impl Examples<f64> for Shown {
    fn len(&self) -> usize {
        self.data.len()
    }
    fn input_size(&self) -> usize {
        self.data.inputs().ncols()
    }
    fn target_size(&self) -> usize {
        self.data.targets().ncols()
    }
    fn gather(&self, rows: &[usize], batch: &mut Batch<f64>) -> Result<()> {
        self.data.gather(rows, batch)
    }
    fn arrays(&self) -> Option<Arrays<'_, f64>> {
        Some(Arrays { inputs: self.inputs.view(), targets: self.targets.view(), weights: None })
    }
}

#[test]
fn arrays_of_another_layout_or_size_are_not_read() {
    let inputs = Array2::from_shape_fn((40, 3), |(row, column)| ((row * 7 + column * 3) % 11) as f64 / 11.0);
    let targets = Array2::from_shape_fn((40, 2), |(row, column)| ((row * 5 + column) % 7) as f64 / 7.0);
    let data = Dataset::new(inputs.clone(), targets.clone()).unwrap();
    let columns_first = |matrix: &Array2<f64>| matrix.t().as_standard_layout().into_owned().reversed_axes();
    let few = ndarray::s![..30, ..];
    let shown = [
        (columns_first(&inputs), columns_first(&targets)),
        (inputs.slice(few).to_owned(), targets.slice(few).to_owned()),
    ];
    let train = |examples: &dyn Examples<f64>| {
        let mut network = Network::builder(3).dense(4, Tanh).dense(2, Identity).seed(1).build().unwrap();
        let mut trainer = Trainer::new(3).validation(examples).metric(R2);
        let history = trainer.fit(&mut network, examples, &Mse, &mut Sgd::new(0.1).unwrap()).unwrap();
        (network.parameters_flat(), history, network.evaluate(examples, &Mse, &[]).unwrap())
    };
    let expected = train(&data);
    for (inputs, targets) in shown {
        assert_eq!(train(&Shown { data: data.clone(), inputs, targets }), expected);
    }
}
