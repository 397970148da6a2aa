//! Names of tensors and modules: their parts, and their natural order.

use std::cmp::Ordering;

/// Splits the name of a tensor into those of its module and of itself.
pub(super) fn split(name: &str) -> (&str, &str) {
    name.rsplit_once('.').unwrap_or(("", name))
}

/// Returns whether two names differ in their numbers alone: "fc1" and "fc2", "0" and "10".
pub(super) fn is_same_but_numbers(one: &str, other: &str) -> bool {
    let mut pairs = (pieces(one), pieces(other));
    loop {
        match (pairs.0.next(), pairs.1.next()) {
            (None, None) => return true,
            (Some(one), Some(other)) if one == other || (is_number(one) && is_number(other)) => {}
            _ => return false,
        }
    }
}

/// Compares names so that numbers in them are sorted by their values: "2" before "10".
pub(super) fn compare_naturally(one: &str, other: &str) -> Ordering {
    let (mut ones, mut others) = (pieces(one), pieces(other));
    loop {
        let order = match (ones.next(), others.next()) {
            (None, None) => return one.cmp(other),
            (Some(one), Some(other)) if is_number(one) && is_number(other) => {
                let (one, other) = (one.trim_start_matches('0'), other.trim_start_matches('0'));
                one.len().cmp(&other.len()).then(one.cmp(other))
            }
            (one, other) => one.cmp(&other),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

fn is_number(piece: &str) -> bool {
    piece.starts_with(|character: char| character.is_ascii_digit())
}

/// Cuts a name into runs of digits and of other characters.
fn pieces(name: &str) -> impl Iterator<Item = &str> {
    let mut rest = name;
    std::iter::from_fn(move || {
        let is_digit = rest.chars().next()?.is_ascii_digit();
        let end = rest.find(|character: char| character.is_ascii_digit() != is_digit).unwrap_or(rest.len());
        let piece;
        (piece, rest) = rest.split_at(end);
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::{compare_naturally, is_same_but_numbers};

    #[test]
    fn names_are_sorted_by_the_values_of_their_numbers() {
        let mut names = ["10.bias", "2.weight", "2.bias", "fc10", "fc9", "0.weight", "a", "fc09"];
        names.sort_by(|one, other| compare_naturally(one, other));
        assert_eq!(names, ["0.weight", "2.bias", "2.weight", "10.bias", "a", "fc09", "fc9", "fc10"]);
    }

    #[test]
    fn numbers_alone_may_differ() {
        assert!(is_same_but_numbers("layers.0.fc1", "layers.12.fc3"));
        assert!(!is_same_but_numbers("encoder", "decoder"));
        assert!(!is_same_but_numbers("fc1", "fc1.0"));
    }
}
