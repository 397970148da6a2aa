//! The curvature along the last steps, which [`Lbfgs`](super::Lbfgs) remembers.

use super::objective::{Point, add, dot};
use crate::Float;
use std::collections::VecDeque;

/// The changes of weights and gradient in the last steps, with 1 / sᵀy; in double precision, as small differences of
/// large numbers decide.
pub(super) struct Curvature {
    steps: VecDeque<(Vec<f64>, Vec<f64>, f64)>,
    scale: f64,
}

impl Default for Curvature {
    fn default() -> Self {
        Self { steps: VecDeque::new(), scale: 1.0 }
    }
}

impl Curvature {
    /// Computes -H g.
    pub(super) fn direction<F: Float>(&self, gradient: &[F]) -> Vec<f64> {
        let mut direction: Vec<f64> = gradient.iter().map(|g| -g.widen()).collect();
        let mut shares = Vec::with_capacity(self.steps.len());
        for (s, y, rho) in self.steps.iter().rev() {
            let share = rho * dot(s, &direction);
            add(&mut direction, -share, y);
            shares.push(share);
        }
        direction.iter_mut().for_each(|d| *d *= self.scale);
        for ((s, y, rho), share) in self.steps.iter().zip(shares.into_iter().rev()) {
            let correction = share - rho * dot(y, &direction);
            add(&mut direction, correction, s);
        }
        direction
    }

    /// Adds the step from one point to the other, unless its curvature is too small; forgets the oldest step.
    pub(super) fn learn<F: Float>(&mut self, direction: &[f64], from: &Point<F>, to: &Point<F>, memory: usize) {
        let s: Vec<f64> = direction.iter().map(|d| to.t * d).collect();
        let y: Vec<f64> = to.gradient.iter().zip(&from.gradient).map(|(new, old)| new.widen() - old.widen()).collect();
        let product = dot(&y, &s);
        if product > f64::EPSILON * (dot(&y, &y) * dot(&s, &s)).sqrt() {
            if self.steps.len() == memory {
                self.steps.pop_front();
            }
            self.scale = product / dot(&y, &y);
            self.steps.push_back((s, y, 1.0 / product));
        }
    }
}
