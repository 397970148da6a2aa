//! The line search of [`Lbfgs`](super::Lbfgs): how far to go along a direction.

use super::objective::{LEAST_CHANGE, Objective, Point, largest};
use crate::{Float, Result};

/// The line along which a step is searched.
pub(super) struct Line<'a, F> {
    start: &'a [F],
    direction: &'a [f64],
    from: &'a Point<F>,
}

impl<'a, F: Float> Line<'a, F> {
    const MOST_POINTS: usize = 25;

    pub(super) fn new(start: &'a [F], direction: &'a [f64], from: &'a Point<F>) -> Self {
        Self { start, direction, from }
    }

    /// Returns the weights at this length.
    pub(super) fn at(&self, t: f64) -> Vec<F> {
        let along = self.start.iter().zip(self.direction);
        along.map(|(start, direction)| F::from_f64(start.widen() + t * direction)).collect()
    }

    fn try_at(&self, objective: &mut Objective<'_, F>, t: f64) -> Result<Point<F>> {
        objective.point(&self.at(t), self.direction, t)
    }

    fn falls_too_little(&self, point: &Point<F>) -> bool {
        point.loss > self.from.loss + 1e-4 * point.t * self.from.slope
    }

    fn is_flat_enough(&self, point: &Point<F>) -> bool {
        point.slope.abs() <= -0.9 * self.from.slope
    }

    /// Extends the step until a point is good, or a good one lies between it and the last.
    pub(super) fn search(&self, objective: &mut Objective<'_, F>, first: f64) -> Result<Point<F>> {
        let mut last = self.from.clone();
        let mut point = self.try_at(objective, first)?;
        for tried in 0..Self::MOST_POINTS {
            let rises = self.falls_too_little(&point) || (tried > 1 && point.loss >= last.loss);
            if !rises && self.is_flat_enough(&point) {
                return Ok(point);
            }
            if rises || point.slope >= 0.0 {
                return self.zoom(objective, last, point, Self::MOST_POINTS - tried);
            }
            let t = cubic_minimum(&last, &point, point.t + 0.01 * (point.t - last.t), 10.0 * point.t);
            last = point;
            point = self.try_at(objective, t)?;
        }
        Ok(if point.loss < self.from.loss { point } else { self.from.clone() })
    }

    /// Narrows the interval between two points until one is good.
    fn zoom(
        &self,
        objective: &mut Objective<'_, F>,
        one: Point<F>,
        other: Point<F>,
        points: usize,
    ) -> Result<Point<F>> {
        let (mut low, mut high) = if one.loss <= other.loss { (one, other) } else { (other, one) };
        let (size, scale, mut slow) = (largest(self.direction), largest(self.start), false);
        for _ in 0..points {
            let (least, most) = (low.t.min(high.t), low.t.max(high.t));
            if (most - least) * size < LEAST_CHANGE * scale {
                break;
            }
            let guess = cubic_minimum(&low, &high, least, most);
            let t = inside(guess, least, most, &mut slow);
            let point = self.try_at(objective, t)?;
            if self.falls_too_little(&point) || point.loss >= low.loss {
                high = point;
                if low.loss > high.loss {
                    std::mem::swap(&mut low, &mut high);
                }
                continue;
            }
            if self.is_flat_enough(&point) {
                return Ok(point);
            }
            if point.slope * (high.t - low.t) >= 0.0 {
                high = low;
            }
            low = point;
        }
        Ok(low)
    }
}

/// Moves a guess inwards when it is the second in a row that is close to an end of the interval.
fn inside(guess: f64, least: f64, most: f64, slow: &mut bool) -> f64 {
    let margin = 0.1 * (most - least);
    let close = (most - guess).min(guess - least) < margin;
    let moves = close && (*slow || guess >= most || guess <= least);
    *slow = close && !moves;
    match moves {
        true if (guess - most).abs() < (guess - least).abs() => most - margin,
        true => least + margin,
        false => guess,
    }
}

/// Returns the minimum of the cubic through two points with their slopes, within bounds; the middle if it has none.
fn cubic_minimum<F>(one: &Point<F>, other: &Point<F>, least: f64, most: f64) -> f64 {
    let (a, b) = if one.t <= other.t { (one, other) } else { (other, one) };
    let d1 = a.slope + b.slope - 3.0 * (a.loss - b.loss) / (a.t - b.t);
    let d2 = (d1 * d1 - a.slope * b.slope).sqrt();
    let lowest = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2.0 * d2));
    if lowest.is_finite() { lowest.max(least).min(most) } else { (least + most) / 2.0 }
}
