//! Trains a classifier of iris flowers, saves it, and loads it as another program would: one file holds everything.
//!
//! `cargo run --release --example save_and_load`

#[path = "data/iris.rs"]
mod iris;

use feedforward::Classifier;
use feedforward::estimator::Settings;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::temp_dir().join(format!("iris-{}.safetensors", std::process::id()));
    train_and_save(&path)?;

    // Another program starts here. It knows the path and nothing else.
    let model = Classifier::<f32, String>::load(&path)?;
    println!("loaded a model of the columns {:?}", model.column_names());
    let flower = ndarray::array![[6.3, 2.9, 5.6, 1.8]];
    println!("the flower {flower} is taken for: {}", model.predict(&flower)?[0]);
    println!("probabilities of {:?}: {:.3}", model.classes(), model.predict_proba(&flower)?);
    std::fs::remove_file(path)?;
    Ok(())
}

fn train_and_save(path: &std::path::Path) -> Result<(), Box<dyn std::error::Error>> {
    let table = iris::load()?;
    let (lengths, species) = (table.drop(&["species"])?, table.select(&["species"])?.to_array::<f32>()?);
    let labels: Vec<_> = species.iter().map(|&class| iris::SPECIES[class as usize]).collect();
    let settings = Settings { hidden: vec![16], epochs: 60, ..Settings::default() };
    let model = Classifier::fit_with(&settings, &lengths.to_array::<f32>()?, &labels)?;
    let model = model.with_column_names(lengths.names().map(str::to_owned).collect())?;
    model.save(path)?;
    println!("saved a model of {} bytes", std::fs::metadata(path)?.len());
    Ok(())
}
