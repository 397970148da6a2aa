//! The candidates of a search: all combinations of values, or some at random.

use super::parameter::{Choices, Parameter};
use crate::estimator::Settings;
use crate::{Error, Result, check};
use rand::seq::index;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Most candidates of a search.
const MOST_CANDIDATES: usize = 1_000_000;

const OPERATION: &str = "Search";

/// Settings with the names and values, as text, of what is varied.
pub(super) type Described = (Vec<(String, String)>, Settings);

/// Returns each of these settings with each combination of values; the values of the last parameter change fastest.
pub(super) fn combine(starts: &[Described], parameters: &[Parameter<'_>]) -> Result<Vec<Described>> {
    check_names(starts, parameters)?;
    check::not_empty(OPERATION, "candidate", starts.len())?;
    if parameters.is_empty() && starts.len() == 1 && starts[0].0.is_empty() {
        return Err(Error::Empty { operation: OPERATION, what: "parameter to vary" });
    }
    let counts = parameters.iter().map(|parameter| match parameter.choices {
        Choices::Values(count, _) => Ok(count),
        Choices::Distribution(_) => {
            let found = format!("a distribution of {}", parameter.name);
            Err(Error::invalid(OPERATION, "lists of values in a grid", found))
        }
    });
    let counts = counts.collect::<Result<Vec<_>>>()?;
    let combinations = product(&counts).and_then(|count| count.checked_mul(starts.len()));
    let Some(combinations) = combinations.filter(|&count| count <= MOST_CANDIDATES) else {
        return Err(too_many(combinations.map_or("more than can be counted".to_owned(), |count| count.to_string())));
    };
    let of_start = combinations / starts.len();
    Ok((0..combinations).map(|index| apply(&starts[index / of_start], parameters, &counts, index % of_start)).collect())
}

/// Draws this many candidates at random; `start` holds the settings that are not varied.
///
/// Lists alone are drawn from without replacement, so no combination occurs twice; all of them are returned if there
/// are no more than asked for.
pub(super) fn draw(count: usize, start: &Settings, parameters: &[Parameter<'_>], seed: u64) -> Result<Vec<Described>> {
    let start = (Vec::new(), start.clone());
    check_names(std::slice::from_ref(&start), parameters)?;
    check::not_empty(OPERATION, "candidate", count)?;
    check::not_empty(OPERATION, "parameter to vary", parameters.len())?;
    if count > MOST_CANDIDATES {
        return Err(too_many(count.to_string()));
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let counts: Option<Vec<_>> = parameters
        .iter()
        .map(|parameter| match parameter.choices {
            Choices::Values(count, _) => Some(count),
            Choices::Distribution(_) => None,
        })
        .collect();
    if let Some(counts) = counts
        && let Some(combinations) = product(&counts)
    {
        if combinations <= count {
            return Ok((0..combinations).map(|index| apply(&start, parameters, &counts, index)).collect());
        }
        let drawn = index::sample(&mut rng, combinations, count);
        return Ok(drawn.into_iter().map(|index| apply(&start, parameters, &counts, index)).collect());
    }
    let mut one = || {
        let (mut texts, mut settings) = start.clone();
        for parameter in parameters {
            let text = match &parameter.choices {
                Choices::Values(count, set) => set(rng.random_range(0..*count), &mut settings),
                Choices::Distribution(draw) => draw(&mut rng, &mut settings),
            };
            texts.push((parameter.name.clone(), text));
        }
        (texts, settings)
    };
    Ok((0..count).map(|_| one()).collect())
}

/// Demands a name and a value for each parameter, and no name twice.
fn check_names(starts: &[Described], parameters: &[Parameter<'_>]) -> Result<()> {
    let mut names: Vec<&str> = starts.first().iter().flat_map(|start| &start.0).map(|(name, _)| &name[..]).collect();
    for Parameter { name, choices } in parameters {
        if name.is_empty() {
            return Err(Error::invalid(OPERATION, "a name for each parameter", "an empty one"));
        }
        if names.contains(&&name[..]) {
            return Err(Error::invalid(OPERATION, "parameters with different names", format!("{name:?} twice")));
        }
        if matches!(choices, Choices::Values(0, _)) {
            return Err(Error::invalid(OPERATION, format!("at least one value of {name}"), 0));
        }
        names.push(name);
    }
    Ok(())
}

fn product(counts: &[usize]) -> Option<usize> {
    counts.iter().try_fold(1_usize, |product, &count| product.checked_mul(count))
}

fn too_many(found: String) -> Error {
    Error::invalid(OPERATION, format!("at most {MOST_CANDIDATES} candidates"), found)
}

/// Sets the values of the combination with this index.
fn apply((texts, settings): &Described, parameters: &[Parameter<'_>], counts: &[usize], index: usize) -> Described {
    let mut indices = vec![0; counts.len()];
    let mut rest = index;
    for (position, count) in counts.iter().enumerate().rev() {
        indices[position] = rest % count;
        rest /= count;
    }
    let (mut texts, mut settings) = (texts.clone(), settings.clone());
    for (parameter, index) in parameters.iter().zip(indices) {
        if let Choices::Values(_, set) = &parameter.choices {
            let text = set(index, &mut settings);
            texts.push((parameter.name.clone(), text));
        }
    }
    (texts, settings)
}
