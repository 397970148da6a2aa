//! Trains a classifier of iris flowers and writes it as one C file, which needs nothing but a C99 compiler.
//!
//! `cargo run --release --example to_c`

#[path = "data/iris.rs"]
mod iris;

use feedforward::error::Result;
use feedforward::estimator::Settings;
use feedforward::{Classifier, Dataset};

/// Reads four lengths from the command line, and prints the species with its probability.
const MAIN: &str = r#"#include <stdio.h>
#include <stdlib.h>

int iris(const float input[4]);
void iris_probabilities(const float input[4], float output[3]);
extern const char *const iris_labels[3];

int main(int count, char **words)
{
    float flower[4] = {0.0f}, probabilities[3];
    int species;

    for (int k = 0; k < 4 && k + 1 < count; k++) {
        flower[k] = strtof(words[k + 1], NULL);
    }
    species = iris(flower);
    iris_probabilities(flower, probabilities);
    if (species >= 0) {
        printf("%s: %.3f\n", iris_labels[species], (double)probabilities[species]);
    }
    return 0;
}
"#;

fn main() -> Result<()> {
    let table = iris::load()?;
    let flowers = Dataset::<f32>::new(table.drop(&["species"])?.to_array()?, table.select(&["species"])?.to_array()?)?;
    let names: Vec<_> = flowers.classes()?.into_iter().map(|class| iris::SPECIES[class]).collect();
    let settings = Settings { hidden: vec![8], ..Settings::default() };
    let model = Classifier::fit_with(&settings, flowers.inputs(), &names)?;
    println!("accuracy: {:.3}", model.score(flowers.inputs(), &names)?);

    let source = model.to_c99("iris")?;
    println!("\nthe first lines of {} in all:\n", source.lines().count());
    source.lines().take(30).for_each(|line| println!("    {line}"));

    let folder = std::env::temp_dir().join("feedforward_to_c");
    let written = std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::write(folder.join("iris.c"), &source))
        .and_then(|()| std::fs::write(folder.join("main.c"), MAIN));
    if let Err(error) = written {
        println!("\n{}: {error}", folder.display());
        return Ok(());
    }
    println!("\ncompile and run it:\n\n    cd {}", folder.display());
    println!("    cc -std=c99 -O3 iris.c main.c -o iris");
    println!("    ./iris 6.0 2.8 4.9 1.6");
    let flower = ndarray::array![[6.0, 2.8, 4.9, 1.6]];
    println!("\nit prints what the model here predicts: {:?}", model.predict(&flower)?);
    Ok(())
}
