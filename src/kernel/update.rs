//! The update of a parameter, in pieces.

use super::{Divisible, Element, in_pieces, widely};

/// Fewer numbers than this are updated directly.
const FEW_UPDATES: usize = 16;

struct Pieces<'a, F, const N: usize> {
    value: &'a mut [F],
    gradient: &'a [F],
    slots: [&'a mut [F]; N],
}

impl<F: Element, const N: usize> Divisible for Pieces<'_, F, N> {
    fn halves(self, share: f64) -> (Self, Self) {
        let (values, rest) = (self.value, self.gradient).halves(share);
        let mut slots = self.slots.map(|slot| slot.halves(share));
        let first = slots.each_mut().map(|(slot, _)| std::mem::take(slot));
        let second = slots.map(|(_, slot)| slot);
        let one = Self { value: values.0, gradient: values.1, slots: first };
        (one, Self { value: rest.0, gradient: rest.1, slots: second })
    }
}

/// Runs an update over consecutive pieces of value, gradient and slots.
pub(crate) fn update_in_pieces<F: Element, const N: usize>(
    value: &mut [F],
    gradient: &[F],
    slots: [&mut [F]; N],
    run: impl Fn(&mut [F], &[F], [&mut [F]; N]) + Sync,
) {
    if value.len() < FEW_UPDATES {
        return run(value, gradient, slots);
    }
    in_pieces(value.len(), Pieces { value, gradient, slots }, |piece: Pieces<'_, F, N>| {
        widely(|| run(piece.value, piece.gradient, piece.slots))
    });
}
