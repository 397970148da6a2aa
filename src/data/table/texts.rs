//! [`Texts`]: a column of texts, each distinct one kept once.

use std::hash::{BuildHasher, RandomState};

/// Texts, each distinct one kept once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Texts {
    /// In the order in which they first occur.
    pub(crate) distinct: Vec<String>,
    /// The index of each row's text, or [`MISSING`](Self::MISSING).
    pub(crate) codes: Vec<u32>,
}

impl Texts {
    pub(crate) const MISSING: u32 = u32::MAX;

    pub(crate) fn get(&self, row: usize) -> Option<&str> {
        self.distinct.get(self.codes[row] as usize).map(String::as_str)
    }

    /// Counts the rows of each distinct text, and those in which nothing stands.
    ///
    /// A table of some rows of another keeps all of its texts: a count may be 0.
    pub(crate) fn count_rows(&self) -> (Vec<usize>, usize) {
        let mut rows = vec![0; self.distinct.len()];
        let mut missing = 0;
        for &code in &self.codes {
            *rows.get_mut(code as usize).unwrap_or(&mut missing) += 1;
        }
        (rows, missing)
    }
}

/// Numbers distinct texts in the order in which they come.
///
/// A `HashMap` with the texts as keys would hold each of them twice.
#[derive(Debug, Default)]
pub(crate) struct Codes {
    /// A hash table with open addressing: codes of texts, [`Texts::MISSING`] in a free slot.
    slots: Vec<u32>,
    /// With random keys: nobody can prepare a file whose texts all collide.
    hasher: RandomState,
}

impl Codes {
    /// Returns the code of a text, which is added to the distinct ones if it is new.
    pub(crate) fn code(&mut self, text: &str, distinct: &mut Vec<String>) -> u32 {
        if self.slots.len() <= 2 * distinct.len() {
            self.grow(distinct);
        }
        let slot = self.slot(text, distinct);
        if self.slots[slot] == Texts::MISSING {
            self.slots[slot] = distinct.len() as u32;
            distinct.push(text.to_owned());
        }
        self.slots[slot]
    }

    /// Finds the slot of a text, or the free one that it goes to.
    fn slot(&self, text: &str, distinct: &[String]) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = self.hasher.hash_one(text) as usize & mask;
        while self.slots[slot] != Texts::MISSING && distinct[self.slots[slot] as usize] != text {
            slot = (slot + 1) & mask;
        }
        slot
    }

    /// Doubles the slots; at least half of them are free.
    fn grow(&mut self, distinct: &[String]) {
        let length = (2 * self.slots.len()).max(8);
        self.slots.clear();
        self.slots.resize(length, Texts::MISSING);
        for (code, text) in distinct.iter().enumerate() {
            let slot = self.slot(text, distinct);
            self.slots[slot] = code as u32;
        }
    }
}
