//! All rules race: on the digits, and down Rosenbrock's valley.
//!
//! `cargo run --release --example optimizers`

use feedforward::data::Csv;
use feedforward::{
    Adagrad, Adam, AdamW, CrossEntropy, Dataset, Float, Identity, Momentum, Nadam, Network, Optimizer, Parameter, Relu,
    Result, RmsProp, Rprop, Sgd, Trainer,
};
use ndarray::array;

/// The rules by name.
type Rules<F> = Vec<(&'static str, Box<dyn Optimizer<F>>)>;

/// Every rule, at a learning rate that suits the digits or the valley.
fn rules<F: Float>(digits: bool) -> Result<Rules<F>> {
    let rate = |on_digits: f64, in_valley: f64| F::from_f64(if digits { on_digits } else { in_valley });
    Ok(vec![
        ("Sgd", Box::new(Sgd::new(rate(0.1, 0.001))?)),
        ("Momentum", Box::new(Momentum::new(rate(0.02, 0.0005), 0.9)?)),
        ("Nesterov", Box::new(Momentum::nesterov(rate(0.02, 0.0005), 0.9)?)),
        ("Adagrad", Box::new(Adagrad::new(rate(0.02, 0.5))?)),
        ("RmsProp", Box::new(RmsProp::new(rate(0.001, 0.01))?)),
        ("Adam", Box::new(Adam::new(rate(0.002, 0.05))?)),
        ("AMSGrad", Box::new(Adam::new(rate(0.002, 0.05))?.with_amsgrad())),
        ("AdamW", Box::new(AdamW::new(rate(0.002, 0.05))?)),
        ("Nadam", Box::new(Nadam::new(rate(0.002, 0.05))?)),
        ("Rprop", Box::new(Rprop::new(rate(0.001, 0.01))?)),
    ])
}

fn main() -> Result<()> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/digits.csv.gz");
    let table = Csv::new().without_header().read_file::<f32>(path)?;
    let data = Dataset::new(&table.inputs / 16.0, table.targets()?)?;

    println!("digits, 64-32-10: training loss in epochs 1, 2, 5, 10 and 20 (Rprop: the whole data in one batch)");
    for (name, mut rule) in rules::<f32>(true)? {
        let mut network = Network::builder(64).dense(32, Relu).dense(10, Identity).seed(1).build()?;
        let batch = if name == "Rprop" { data.len() } else { 32 };
        let mut trainer = Trainer::new(20).batch_size(batch);
        let history = trainer.fit(&mut network, &data, &CrossEntropy::default(), &mut *rule)?;
        let losses = [1, 2, 5, 10, 20].map(|epoch| format!("{:8.4}", history.epochs()[epoch - 1].training_loss));
        println!("{name:>9} {}", losses.join(" "));
    }

    println!(
        "\nRosenbrock's valley (1 - x)² + 100 (y - x²)², from (-1.2, 1): its value after 10, 100, 1000 and 10000 steps"
    );
    for (name, mut rule) in rules::<f64>(false)? {
        let mut point = Parameter::weight(array![[-1.2, 1.0]]);
        let mut values = Vec::new();
        for step in 1..=10_000 {
            let (x, y) = (point.values()[0], point.values()[1]);
            let gradient = [-2.0 * (1.0 - x) - 400.0 * x * (y - x * x), 200.0 * (y - x * x)];
            point.gradients_mut().copy_from_slice(&gradient);
            rule.step(&mut point);
            if [10, 100, 1000, 10_000].contains(&step) {
                let (x, y) = (point.values()[0], point.values()[1]);
                values.push(format!("{:9.2e}", (1.0 - x).powi(2) + 100.0 * (y - x * x).powi(2)));
            }
        }
        println!("{name:>9} {}", values.join(" "));
    }
    Ok(())
}
