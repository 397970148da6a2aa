//! What [`Lbfgs`](super::Lbfgs) remembers: the curvature seen along the last steps.

use super::line_search::Point;
use super::{add, dot};
use crate::Float;
use std::collections::VecDeque;

/// The changes of weights and gradient in the last steps, with 1 / sᵀy.
pub(super) struct Curvature<F> {
    steps: VecDeque<(Vec<F>, Vec<F>, f64)>,
    scale: f64,
}

impl<F> Default for Curvature<F> {
    fn default() -> Self {
        Self { steps: VecDeque::new(), scale: 1.0 }
    }
}

impl<F: Float> Curvature<F> {
    /// -H g.
    pub(super) fn direction(&self, gradient: &[F]) -> Vec<F> {
        let mut direction: Vec<F> = gradient.iter().map(|&g| -g).collect();
        let mut shares = Vec::with_capacity(self.steps.len());
        for (s, y, rho) in self.steps.iter().rev() {
            let share = rho * dot(s, &direction);
            add(&mut direction, -share, y);
            shares.push(share);
        }
        let scale = F::from_f64(self.scale);
        direction.iter_mut().for_each(|d| *d *= scale);
        for ((s, y, rho), share) in self.steps.iter().zip(shares.into_iter().rev()) {
            let correction = share - rho * dot(y, &direction);
            add(&mut direction, correction, s);
        }
        direction
    }

    pub(super) fn learn(&mut self, direction: &[F], from: &Point<F>, to: &Point<F>, memory: usize) {
        let t = F::from_f64(to.t);
        let s: Vec<F> = direction.iter().map(|&d| t * d).collect();
        let y: Vec<F> = to.gradient.iter().zip(&from.gradient).map(|(&new, &old)| new - old).collect();
        let product = dot(&y, &s);
        if product > 1e-10 {
            if self.steps.len() == memory {
                self.steps.pop_front();
            }
            self.scale = product / dot(&y, &y);
            self.steps.push_back((s, y, 1.0 / product));
        }
    }
}
