//! Compares all rules: on the digits, and down Rosenbrock's valley.
//!
//! `cargo run --release --example optimizers`

#[path = "data/digits.rs"]
mod digits;

use feedforward::error::Result;
use feedforward::solver::Lbfgs;
use feedforward::{
    Adagrad, Adam, AdamW, CrossEntropy, Dataset, Dense, Float, History, Identity, Loss, Momentum, Nadam, Network,
    Optimizer, Relu, RmsProp, Rprop, Sgd, Trainer,
};
use ndarray::array;

/// The rules by name.
type Rules<F> = Vec<(&'static str, Box<dyn Optimizer<F>>)>;

/// Returns every rule, at a learning rate that suits the digits or the valley.
fn rules<F: Float>(digits: bool) -> Result<Rules<F>> {
    let rate = |on_digits: f64, in_valley: f64| if digits { on_digits } else { in_valley };
    Ok(vec![
        ("Sgd", Box::new(Sgd::new(rate(0.1, 0.001))?)),
        ("Momentum", Box::new(Momentum::new(rate(0.02, 0.0005), 0.9)?)),
        ("Nesterov", Box::new(Momentum::nesterov(rate(0.02, 0.0005), 0.9)?)),
        ("Adagrad", Box::new(Adagrad::new(rate(0.02, 0.5))?)),
        ("RmsProp", Box::new(RmsProp::new(rate(0.001, 0.01))?)),
        ("Adam", Box::new(Adam::new(rate(0.002, 0.05))?)),
        ("AMSGrad", Box::new(Adam::new(rate(0.002, 0.05))?.amsgrad())),
        ("AdamW", Box::new(AdamW::new(rate(0.002, 0.05))?)),
        ("Nadam", Box::new(Nadam::new(rate(0.002, 0.05))?)),
        ("Rprop", Box::new(Rprop::new(rate(0.001, 0.01))?)),
    ])
}

/// Computes the valley (1 - x)² + 100 (y - x²)², as a loss of the two outputs of a network.
#[derive(Debug)]
struct Rosenbrock;

impl Loss<f64> for Rosenbrock {
    fn example(&self, point: &[f64], _: &[f64], gradient: &mut [f64]) -> f64 {
        let (x, y) = (point[0], point[1]);
        gradient.copy_from_slice(&[-2.0 * (1.0 - x) - 400.0 * x * (y - x * x), 200.0 * (y - x * x)]);
        (1.0 - x).powi(2) + 100.0 * (y - x * x).powi(2)
    }
}

/// Returns the loss in these epochs, or in the last epoch if training ended before.
fn print(name: &str, history: &History, epochs: &[usize], decimals: usize) {
    let loss = |&epoch: &usize| history.epochs()[epoch.min(history.len()) - 1].training_loss;
    let text = |loss: f64| if decimals == 0 { format!("{loss:9.0e}") } else { format!("{loss:9.decimals$}") };
    println!("{name:>9} {}", epochs.iter().map(|epoch| text(loss(epoch))).collect::<Vec<_>>().join(" "));
}

fn header(name: &str, epochs: &[usize]) {
    println!("{name:>9} {}", epochs.iter().map(|epoch| format!("{epoch:9}")).collect::<Vec<_>>().join(" "));
}

fn main() -> Result<()> {
    let digits = digits::load()?;
    let start = Network::builder(64).dense(32, Relu).dense(10, Identity).seed(1).build()?;
    let loss = CrossEntropy::default();

    println!("Digits, 64-32-10: training loss by epoch, lower is better. Batches of 32; for Rprop and Lbfgs all data");
    println!("are one batch, so that an epoch of theirs is a single step.");
    let epochs = [1, 2, 5, 10, 20];
    header("epoch", &epochs);
    for (name, mut rule) in rules(true)? {
        let batch = if name == "Rprop" { digits.len() } else { 32 };
        let history = Trainer::new(20).batch_size(batch).fit(&mut start.clone(), &digits, &loss, &mut *rule)?;
        print(name, &history, &epochs, 4);
    }
    print("Lbfgs", &Lbfgs::new().fit(&mut start.clone(), &digits, &loss, 20)?, &epochs, 4);

    println!("\nRosenbrock's valley (1 - x)² + 100 (y - x²)² from (-1.2, 1): height by step; the lowest point has 0.");
    let steps = [10, 100, 1000, 10_000];
    let point = Dense::from_parameters(array![[-1.2, 1.0]], None, Identity)?;
    let start = Network::from_layers(vec![Box::new(point)])?;
    let here = Dataset::new(array![[1.0]], array![[0.0, 0.0]])?;
    header("step", &steps);
    for (name, mut rule) in rules(false)? {
        print(name, &Trainer::new(10_000).fit(&mut start.clone(), &here, &Rosenbrock, &mut *rule)?, &steps, 0);
    }
    let history = Lbfgs::new().fit(&mut start.clone(), &here, &Rosenbrock, 10_000)?;
    print("Lbfgs", &history, &steps, 0);
    println!(
        "Lbfgs was there after {} steps. AdamW cannot get there: its decay pulls (x, y) towards 0.",
        history.len()
    );
    Ok(())
}
