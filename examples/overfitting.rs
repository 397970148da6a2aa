//! Trains a large network that memorizes a thousand examples, wrong labels included; shows what helps, and how much.
//!
//! `cargo run --release --example overfitting`

#[path = "data/digits.rs"]
mod digits;

use feedforward::error::Result;
use feedforward::metrics::{Accuracy, accuracy};
use feedforward::training::hook::Penalty;
use feedforward::{Adam, CrossEntropy, Dataset, EarlyStopping, Identity, Loss, Network, Relu, Trainer};

/// Returns the same examples with every fifth label moved on to the next digit.
fn with_wrong_labels(data: &Dataset<f32>) -> Result<Dataset<f32>> {
    let mut targets = data.targets().to_owned();
    targets.iter_mut().step_by(5).for_each(|digit| *digit = (*digit + 1.0) % 10.0);
    Dataset::new(data.inputs().to_owned(), targets)
}

fn main() -> Result<()> {
    let digits = digits::load()?;
    let (train, rest) = digits.split_stratified(1000.0 / 1797.0, 1)?;
    let (validation, test) = rest.split_stratified(0.5, 1)?;
    let (train, loss) = (with_wrong_labels(&train)?, CrossEntropy::default());
    println!("{} examples to train on, a fifth of them with a wrong label; {} to test on\n", train.len(), test.len());
    println!("                training accuracy  test accuracy  test loss  epochs");

    for name in ["nothing", "L2 penalty", "dropout", "early stopping"] {
        let start = Network::builder(64).dense(200, Relu);
        let start = if name == "dropout" { start.dropout(0.5) } else { start };
        let mut network = start.dense(10, Identity).seed(1).build()?;
        let trainer = Trainer::new(100).validation(&validation).metric(Accuracy);
        let mut trainer = match name {
            "L2 penalty" => trainer.hook(Penalty::l2(0.01)?),
            "early stopping" => trainer.early_stopping(EarlyStopping::new(5)?),
            _ => trainer,
        };
        let history = trainer.fit(&mut network, &train, &loss, &mut Adam::new(0.003)?)?;
        let score = |data: &Dataset<f32>| -> Result<(f64, f32)> {
            let outputs = network.predict(data.inputs())?;
            let share = accuracy(&feedforward::data::argmax(&outputs)?, &data.classes()?, None)?;
            Ok((100.0 * share, loss.value(&outputs, data.targets())?))
        };
        let ((learned, _), (known, test_loss)) = (score(&train)?, score(&test)?);
        println!("{name:15} {learned:16.1}%  {known:12.1}%  {test_loss:9.3}  {:6}", history.len());
    }
    println!("\nA network that knows every digit agrees with 80% of these training labels: the others are wrong.");
    println!(
        "Without a remedy it learns nearly all labels by heart and knows the fewest test digits. Each remedy helps."
    );
    println!(
        "Early stopping ends nearest to 80% and helps most. The L2 penalty finds more digits than nothing does, but"
    );
    println!("with less certainty: its test loss is the highest.");
    Ok(())
}
