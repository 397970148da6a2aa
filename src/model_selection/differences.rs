//! By which settings candidates differ that were not made from parameters.

use super::candidates::Described;
use crate::estimator::Settings;

/// Describes each of the settings by those fields that are not the same in all.
pub(super) fn describe_differences(all: &[Settings]) -> Vec<Described> {
    let fields: Vec<_> = all.iter().map(fields).collect();
    let differs = |index: usize| fields.windows(2).any(|pair| pair[0][index] != pair[1][index]);
    let differing: Vec<_> =
        (0..fields.first().map_or(0, |first| first.len())).filter(|&index| differs(index)).collect();
    let texts = fields.iter().enumerate().map(|(number, fields)| {
        // With none to tell them apart, they are counted.
        let count = if differing.is_empty() { Some(("candidate", number.to_string())) } else { None };
        let different = differing.iter().map(|&index| fields[index].clone());
        count.into_iter().chain(different).map(|(name, text)| (name.to_owned(), text)).collect()
    });
    texts.zip(all.iter().cloned()).collect()
}

/// Returns name and text of each field. It names all of them, so that a new one cannot be forgotten here.
fn fields(settings: &Settings) -> [(&'static str, String); 19] {
    let Settings {
        hidden,
        activation,
        start,
        dropout,
        batch_norm,
        solver,
        solver_options,
        learning_rate,
        schedule,
        l1,
        l2,
        clipping,
        batch_size,
        epochs,
        patience,
        validation_share,
        stop_on,
        loss,
        seed,
    } = settings;
    [
        ("hidden", format!("{hidden:?}")),
        ("activation", format!("{activation:?}")),
        ("start", format!("{start:?}")),
        ("dropout", format!("{dropout:?}")),
        ("batch_norm", format!("{batch_norm:?}")),
        ("solver", format!("{solver:?}")),
        ("solver_options", format!("{solver_options:?}")),
        ("learning_rate", format!("{learning_rate:?}")),
        ("schedule", format!("{schedule:?}")),
        ("l1", format!("{l1:?}")),
        ("l2", format!("{l2:?}")),
        ("clipping", format!("{clipping:?}")),
        ("batch_size", format!("{batch_size:?}")),
        ("epochs", format!("{epochs:?}")),
        ("patience", format!("{patience:?}")),
        ("validation_share", format!("{validation_share:?}")),
        ("stop_on", format!("{stop_on:?}")),
        ("loss", format!("{loss:?}")),
        ("seed", format!("{seed:?}")),
    ]
}
