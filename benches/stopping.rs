//! Ends the training of the same network in several ways, beside scikit-learn's defaults, on twenty public tables.
//!
//!     python benches/tables/fetch.py FOLDER && python benches/tables/matrices.py FOLDER MATRICES
//!     python benches/tables/scikit_learn.py --matrices MATRICES
//!     cargo run --release -p feedforward-benches --bin stopping -- MATRICES
//!
//! 100 ReLUs with the start of the estimators, Adam, batches of 32, at most 200 epochs, 20 seeds. "hold" holds out a
//! tenth, stops with a patience of 20 and keeps the best weights; "again" then trains anew on all rows for as many
//! epochs as were best; "all" takes all rows until the training loss has not fallen by 0.0001 for 10 epochs. The number
//! is α of the penalty λ = α / max(rows, 200). Each column is the mean difference to scikit-learn's score of the same
//! splits; + and - mark those that are significant (t-test, 5%), and the last line counts them.

#![allow(missing_docs)]

#[allow(dead_code)]
mod tables;

use feedforward::data::{argmax, one_hot};
use feedforward::metrics::{accuracy, r2};
use feedforward::training::hook::Penalty;
use feedforward::{
    Adam, CrossEntropy, Dataset, EarlyStopping, History, Identity, Initializer, Loss, Mse, Network, Relu, Trainer,
};
use ndarray::{Array2, Axis};
use std::path::Path;
use tables::{Part, SEEDS, Table, difference, mark, read_scores};

const EPOCHS: usize = 200;

#[derive(Clone, Copy)]
enum End {
    Hold,
    All,
    Again,
}

/// Name, end, α of the penalty.
const WAYS: [(&str, End, f64); 8] = [
    ("hold 0", End::Hold, 0.0),
    ("hold 6", End::Hold, 6.0),
    ("again 0", End::Again, 0.0),
    ("again 6", End::Again, 6.0),
    ("all 0", End::All, 0.0),
    ("all 3", End::All, 3.0),
    ("all 6", End::All, 6.0),
    ("all 12", End::All, 12.0),
];

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, matrices] = &arguments[..] else {
        panic!("usage: stopping MATRICES");
    };
    let folder = Path::new(matrices);
    let peers = read_scores(&folder.join("scikit_learn.csv"));
    print!("{:14}{:>6}", "", "rows");
    WAYS.iter().for_each(|(name, ..)| print!("{name:>13}"));
    println!();
    let mut counts = [[0; 2]; WAYS.len()];
    for table in Table::all(folder) {
        let splits: Vec<_> = (0..SEEDS).map(|seed| Task::new(&table, table.split(folder, seed), seed)).collect();
        print!("{:14}{:>6}", table.name, splits[0].data.len());
        for (&(_, end, alpha), counts) in WAYS.iter().zip(&mut counts) {
            let scores: Vec<f64> = splits.iter().map(|task| task.score(end, alpha)).collect();
            let differs = difference(&scores, &peers[&table.name]);
            print!("{:>13}", format!("{:+.4} {}", differs.0, mark(differs)));
            counts[0] += usize::from(mark(differs) == '+');
            counts[1] += usize::from(mark(differs) == '-');
        }
        println!();
    }
    print!("{:20}", "better, worse");
    counts.iter().for_each(|[better, worse]| print!("{:>13}", format!("{better}, {worse} ")));
    println!();
}

/// The training rows of a split with scaled targets, and its test rows.
struct Task<'a> {
    table: &'a Table,
    data: Dataset<f32>,
    test: Part,
    /// Mean and deviation of the target.
    scale: (f32, f32),
    seed: u64,
}

impl<'a> Task<'a> {
    fn new(table: &'a Table, (train, test): (Part, Part), seed: u64) -> Self {
        let scale = match table.is_regression() {
            true => (train.target.mean().expect("rows"), train.target.std(0.0)),
            false => (0.0, 1.0),
        };
        let targets: Array2<f32> = match table.is_regression() {
            true => ((&train.target - scale.0) / scale.1).insert_axis(Axis(1)),
            false => one_hot(&train.classes(), table.classes).expect("classes"),
        };
        let data = Dataset::new(train.inputs, targets).expect("as many targets as rows");
        Self { table, data, test, scale, seed }
    }

    fn score(&self, end: End, alpha: f64) -> f64 {
        let fit = |data: &Dataset<f32>, trainer: Trainer<'_, f32>| self.fit(data, trainer, alpha);
        let held_out = || {
            let stopping = EarlyStopping::new(20).expect("a patience");
            let regression = self.table.is_regression();
            let split = if regression { Dataset::split } else { Dataset::split_stratified };
            let (train, validation) = split(&self.data, 0.9, self.seed).expect("rows of each class");
            fit(&train, Trainer::new(EPOCHS).validation(&validation).early_stopping(stopping))
        };
        let (network, _) = match end {
            End::Hold => held_out(),
            End::Again => {
                let (_, history) = held_out();
                fit(&self.data, Trainer::new(history.best_epoch().expect("an epoch")))
            }
            End::All => {
                let converged = EarlyStopping::new(10).expect("a patience").min_delta(1e-4).on_training_loss();
                fit(&self.data, Trainer::new(EPOCHS).early_stopping(converged.keep_last()))
            }
        };
        let outputs = network.predict(&self.test.inputs).expect("finite numbers");
        let score = match self.table.is_regression() {
            true => {
                let target = self.test.target.clone().insert_axis(Axis(1));
                r2(&(outputs * self.scale.1 + self.scale.0), &target, None)
            }
            false => accuracy(&argmax(&outputs).expect("outputs"), &self.test.classes(), None),
        };
        score.expect("two rows or more")
    }

    fn fit(&self, data: &Dataset<f32>, trainer: Trainer<'_, f32>, alpha: f64) -> (Network<f32>, History) {
        let start = Network::builder(data.inputs().ncols()).seed(self.seed);
        let network = start.dense_with(100, Relu, Initializer::TorchLinear);
        let mut network =
            network.dense_with(self.table.classes, Identity, Initializer::TorchLinear).build().expect("sizes");
        let loss: &dyn Loss<f32> = if self.table.is_regression() { &Mse } else { &CrossEntropy::default() };
        let penalty = Penalty::l2(alpha / (self.data.len() as f64).max(200.0)).expect("a factor");
        let mut trainer = trainer.batch_size(32).seed(self.seed).hook(penalty);
        let history = trainer.fit(&mut network, data, loss, &mut Adam::new(0.001).expect("a rate"));
        (network, history.expect("finite numbers"))
    }
}
