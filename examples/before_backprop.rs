//! Before backpropagation: random perturbation and a genetic algorithm against gradient descent, on the same budget.
//!
//! The budget is counted in forward passes over the data; a backward pass counts as two.
//!
//! `cargo run --release --example before_backprop`

use feedforward::data::Csv;
use feedforward::{
    CrossEntropy, Dataset, Genetic, History, Identity, Momentum, Network, Perturbation, Result, Tanh, Trainer,
    data::StandardScaler,
};

fn main() -> Result<()> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/iris.csv");
    let table = Csv::new().read_file::<f64>(path)?;
    let inputs = StandardScaler::fit(&table.inputs)?.transform(&table.inputs)?;
    let iris = Dataset::new(inputs, table.targets()?)?;
    let network = Network::<f64>::builder(4).dense(8, Tanh).dense(3, Identity).seed(1).build()?;
    let loss = CrossEntropy::default();

    println!("cross-entropy on iris, after this many forward passes over the data");
    println!("{:>22} {:>8} {:>8} {:>8} {:>8} {:>8}", "", 60, 300, 600, 1500, 3000);
    let print = |name: &str, passes_each: f64, history: &History| {
        let at = |passes: f64| ((passes / passes_each) as usize).clamp(1, history.len()) - 1;
        let losses = [60.0, 300.0, 600.0, 1500.0, 3000.0].map(|passes| history.epochs()[at(passes)].training_loss);
        println!("{name:>22} {}", losses.map(|loss| format!("{loss:8.4}")).join(" "));
    };

    // Two forward passes at most for each move; each generation has 20 networks, of which 18 are new.
    let history = Perturbation::new(0.3)?.seed(1).fit(&mut network.clone(), &iris, &loss, 1500)?;
    print("random perturbation", 2.0, &history);
    let history = Genetic::new(20, 2)?.mutation(0.3)?.seed(1).fit(&mut network.clone(), &iris, &loss, 166)?;
    print("genetic algorithm", 18.0, &history);
    let mut trainer = Trainer::new(1000).batch_size(iris.len());
    let history = trainer.fit(&mut network.clone(), &iris, &loss, &mut Momentum::new(0.1, 0.9)?)?;
    print("gradient and momentum", 3.0, &history);
    Ok(())
}
