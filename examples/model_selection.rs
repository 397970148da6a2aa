//! Tries settings on the iris flowers and picks the best: cross-validation, a grid, a random search with successive
//! halving, and the honest score of what was picked.
//!
//! `cargo run --release --example model_selection`

#[path = "data/iris.rs"]
mod iris;

use feedforward::error::Result;
use feedforward::estimator::{Scoring, Settings};
use feedforward::model_selection::{CrossValidator, Folds, LogUniform, Search, cross_validate};
use feedforward::{Classifier, Relu, Tanh};

fn main() -> Result<()> {
    let iris = iris::load()?;
    let settings = Settings { hidden: vec![16], epochs: 60, learning_rate: 0.01, ..Settings::default() };
    let estimator = Classifier::on(&iris, "species").settings(settings);

    println!("One setting, on five folds with {} each in its proportion:\n", iris::SPECIES.join(", "));
    let folds = Folds::new(5).seed(1);
    let scorings = [Scoring::Accuracy, Scoring::LogLoss];
    println!("{}\n", CrossValidator::new(folds.clone()).scorings(scorings).run(&estimator)?);

    println!("A grid, compared by the log-loss. Nothing can be learned at the last rate:\n");
    let grid = Search::grid()
        .over("activation", [Relu.into(), Tanh.into()], |settings, value| settings.activation = value)
        .over("learning_rate", [0.003, 0.03, 1e200], |settings, value| settings.learning_rate = value)
        .scoring(Scoring::LogLoss)
        .folds(folds.clone());
    println!("{}\n", grid.run(&estimator)?);

    println!("27 candidates at random: all are trained for 2 epochs, 9 of them for 6, 3 for 20, one for 60:\n");
    let random = Search::random(27)
        .sample("learning_rate", LogUniform::new(1e-4, 0.5)?, |settings, value| settings.learning_rate = value)
        .sample("l2", LogUniform::new(1e-6, 1e-1)?, |settings, value| settings.l2 = Some(value))
        .over("hidden", [vec![8], vec![32], vec![16, 16]], |settings, value| settings.hidden = value)
        .halving(3)
        .scoring(Scoring::LogLoss)
        .folds(folds.clone())
        .seed(1);
    let result = random.run(&estimator)?;
    for line in result.to_string().lines().take(9) {
        println!("{line}");
    }
    println!("...\n");
    println!("The best one is fitted on all {} flowers, in {} epochs.\n", iris.rows(), result.model().history().len());

    // The best of many scores is too good, as it was picked by them. Each outer fold picks anew without its test rows.
    println!("How good is what the grid picks? A cross-validation of the whole search:\n");
    let nested = cross_validate(&grid.on(&estimator), &Folds::new(3).seed(2))?;
    println!("{nested}");
    Ok(())
}
