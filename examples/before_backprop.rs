//! Compares random search and a genetic algorithm with gradient descent, on the same budget.
//!
//! The budget is counted in forward passes over the data; a backward pass counts as two.
//!
//! `cargo run --release --example before_backprop`

#[path = "data/digits.rs"]
mod digits;

use feedforward::error::Result;
use feedforward::solver::{GeneticAlgorithm, RandomSearch};
use feedforward::{CrossEntropy, History, Identity, Momentum, Network, Relu, Trainer};

const BUDGET: [usize; 5] = [30, 150, 300, 1500, 3000];

/// Prints the loss at each budget; each record of the history took `passes` forward passes.
fn print(name: &str, passes: usize, history: &History) {
    let at = |budget: usize| history.epochs()[(budget / passes).clamp(1, history.len()) - 1].training_loss;
    println!("{name:>22} {}", BUDGET.map(|budget| format!("{:8.4}", at(budget))).join(" "));
}

fn main() -> Result<()> {
    let digits = digits::load()?.split(0.25, 1)?.0;
    let network = Network::<f32>::builder(64).dense(16, Relu).dense(10, Identity).seed(1).build()?;
    let loss = CrossEntropy::default();

    println!(
        "{} digits, {} weights; guessing has a loss of {:.4}",
        digits.len(),
        network.parameter_count(),
        10f64.ln()
    );
    println!("{:>22} {}", "forward passes", BUDGET.map(|budget| format!("{budget:8}")).join(" "));

    // Each move takes one forward pass, or two when its opposite is tried too.
    let history = RandomSearch::new(0.05)?.seed(1).fit(&mut network.clone(), &digits, &loss, 1500)?;
    print("random search", 2, &history);
    // In each generation 18 of 20 networks are new.
    let history = GeneticAlgorithm::new(20, 2)?.mutation(0.1).seed(1).fit(&mut network.clone(), &digits, &loss, 166)?;
    print("genetic algorithm", 18, &history);
    let mut trainer = Trainer::new(1000).batch_size(digits.len());
    let history = trainer.fit(&mut network.clone(), &digits, &loss, &mut Momentum::new(0.1, 0.9)?)?;
    print("gradient and momentum", 3, &history);

    println!("\nA trial tells one number about all weights together, a gradient one number about each of them.");
    Ok(())
}
