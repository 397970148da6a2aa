//! [`Index`]: which category a text, a number or a boolean is.

use crate::data::table::bits;

/// Finds categories: indices into those with a column, then those without.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Index {
    /// In the order of the texts.
    texts: Vec<u32>,
    /// Bits and index of each category that is written as a number is, in the order of the bits.
    numbers: Vec<(u64, u32)>,
    /// The indices of false and true.
    booleans: [Option<u32>; 2],
}

impl Index {
    pub(super) fn new(categories: &[String], joined: &[String]) -> Self {
        let get = |index: u32| get(categories, joined, index);
        let mut texts: Vec<_> = (0..(categories.len() + joined.len()) as u32).collect();
        texts.sort_unstable_by_key(|&index| get(index));
        let as_number = |&index: &u32| {
            let text = get(index);
            let number = text.parse::<f64>().ok().filter(|number| number.is_finite())? + 0.0;
            (number.to_string() == text).then_some((number.to_bits(), index))
        };
        let mut numbers: Vec<_> = texts.iter().filter_map(as_number).collect();
        numbers.sort_unstable();
        let boolean = |name: &str| {
            let mut found = texts.iter().copied().filter(|&index| get(index).eq_ignore_ascii_case(name));
            found.next().filter(|_| found.next().is_none())
        };
        Self { booleans: [boolean("false"), boolean("true")], texts, numbers }
    }

    /// Finds the category of this text.
    pub(super) fn find_text(&self, categories: &[String], joined: &[String], text: &str) -> Option<usize> {
        let found = self.texts.binary_search_by_key(&text, |&index| get(categories, joined, index));
        found.ok().map(|place| self.texts[place] as usize)
    }

    /// Finds the category that is written as this number is.
    pub(super) fn find_number(&self, number: f64) -> Option<usize> {
        let found = self.numbers.binary_search_by_key(&bits(number), |&(bits, _)| bits);
        found.ok().map(|place| self.numbers[place].1 as usize)
    }

    /// Finds the category "true" or "false" in any case; none, if there are several.
    pub(super) fn find_boolean(&self, value: bool) -> Option<usize> {
        self.booleans[usize::from(value)].map(|index| index as usize)
    }

    /// Finds a category that occurs twice.
    #[cfg(feature = "serde")]
    pub(super) fn find_duplicate<'a>(&self, categories: &'a [String], joined: &'a [String]) -> Option<&'a str> {
        let text = |index: &u32| get(categories, joined, *index);
        self.texts.windows(2).find(|pair| text(&pair[0]) == text(&pair[1])).map(|pair| text(&pair[0]))
    }
}

fn get<'a>(categories: &'a [String], joined: &'a [String], index: u32) -> &'a str {
    let index = index as usize;
    categories.get(index).unwrap_or_else(|| &joined[index - categories.len()])
}
