//! [`Parameter`]: one of the settings that a search varies.

use crate::estimator::Settings;
use rand::distr::Distribution;
use rand_chacha::ChaCha8Rng;
use std::fmt::{self, Debug};

/// Sets the value of this index, and returns it as text.
type SetValue<'a> = Box<dyn Fn(usize, &mut Settings) -> String + Send + Sync + 'a>;

/// Draws and sets a value, and returns it as text.
type DrawValue<'a> = Box<dyn Fn(&mut ChaCha8Rng, &mut Settings) -> String + Send + Sync + 'a>;

/// One of the settings that a search varies, by its name.
pub(super) struct Parameter<'a> {
    pub(super) name: String,
    pub(super) choices: Choices<'a>,
}

pub(super) enum Choices<'a> {
    Values(usize, SetValue<'a>),
    Distribution(DrawValue<'a>),
}

impl<'a> Parameter<'a> {
    pub(super) fn of_values<T: Clone + Debug + Send + Sync + 'a>(
        name: String,
        values: Vec<T>,
        apply: impl Fn(&mut Settings, T) + Send + Sync + 'a,
    ) -> Self {
        let count = values.len();
        let set = move |index: usize, settings: &mut Settings| {
            let value = values[index].clone();
            let text = format!("{value:?}");
            apply(settings, value);
            text
        };
        Self { name, choices: Choices::Values(count, Box::new(set)) }
    }

    pub(super) fn of_distribution<T: Debug>(
        name: String,
        distribution: impl Distribution<T> + Send + Sync + 'a,
        apply: impl Fn(&mut Settings, T) + Send + Sync + 'a,
    ) -> Self {
        let draw = move |rng: &mut ChaCha8Rng, settings: &mut Settings| {
            let value = distribution.sample(rng);
            let text = format!("{value:?}");
            apply(settings, value);
            text
        };
        Self { name, choices: Choices::Distribution(Box::new(draw)) }
    }
}

impl Debug for Parameter<'_> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let choices = match &self.choices {
            Choices::Values(count, _) => format!("{count} values"),
            Choices::Distribution(_) => "a distribution".to_owned(),
        };
        write!(to, "{}: {choices}", self.name)
    }
}
