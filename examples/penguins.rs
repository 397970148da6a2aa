//! Goes from a file to a model that is kept: mixed columns, missing values, a report.

use feedforward::data::{Preparation, Value};
use feedforward::{Classifier, Table};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let table = Table::read_csv(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/penguins.csv"))?;
    println!("{}\n\n{}\n", table.head(), table.describe());

    // What each column becomes. This is what `Classifier::on` does unless it is given another preparation.
    println!("{}", Preparation::guess(&table.drop(&["species"])?)?);

    let (train, test) = table.split_stratified("species", 0.75, 1)?;
    let model = Classifier::on(&train, "species").fit()?;
    println!("{}\n", model.evaluate(&test)?);

    let path = std::env::temp_dir().join(format!("penguins-{}.safetensors", std::process::id()));
    model.save(&path)?;
    let model = Classifier::<f64, String>::load(&path)?;
    std::fs::remove_file(&path)?;

    let penguin: [(&str, Value); 7] = [
        ("island", "Torgersen".into()),
        ("bill_length_mm", 39.1.into()),
        ("bill_depth_mm", 18.7.into()),
        ("flipper_length_mm", 181.into()),
        ("body_mass_g", 3750.into()),
        ("sex", Value::Missing),
        ("year", 2007.into()),
    ];
    println!("this one is probably a penguin of the species {}", model.predict_row(penguin)?);
    Ok(())
}
