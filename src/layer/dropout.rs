//! [`Dropout`]: sets random numbers to zero while training, so that no single one is relied on.

use super::{Layer, flat, flat_mut};
use crate::{Description, Float, Parameter, Result, Role, check};
use ndarray::{Array1, ArrayRef2, Axis};
use rand::{Rng, RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Zeroes each number with probability p while training and divides the others by 1 - p (inverted dropout).
///
/// In prediction nothing changes. The masks come from the layer's own generator, seeded from the network's seed. Its
/// position and its seed are a parameter with [`Role::State`]: a pass that was refused draws the same masks again, and
/// so does a network that was loaded from a file.
/// Srivastava et al. 2014; the same as PyTorch's and Keras's.
///
/// ```
/// use feedforward::{Identity, Network, Relu};
/// use ndarray::array;
///
/// let network = Network::<f32>::builder(2).dense(64, Relu).dropout(0.5).dense(1, Identity).build()?;
/// let inputs = array![[1.0, 2.0]];
/// assert_eq!(network.predict(&inputs)?, network.predict(&inputs)?);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Dropout<F> {
    size: usize,
    rate: f64,
    rng: ChaCha8Rng,
    /// The seed of `rng`.
    seed: u64,
    /// How many random words were drawn up to the last accepted pass, and the seed: three digits of 24 bits for each,
    /// which f32 holds.
    generator: Parameter<F>,
    /// Whether each number of the last batch was kept.
    mask: Vec<bool>,
}

impl<F: Float> Dropout<F> {
    /// Makes a layer over rows of `size` numbers that drops each with probability `rate`.
    ///
    /// # Errors
    /// When the size is zero or the rate is not in [0, 1).
    ///
    /// ```
    /// use feedforward::layer::Dropout;
    /// use feedforward::Layer;
    /// use ndarray::Array2;
    /// use rand::SeedableRng;
    ///
    /// let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
    /// let mut layer = Dropout::new(1000, 0.25, &mut rng)?;
    /// let mut output = Array2::<f64>::zeros((1, 1000));
    /// layer.forward(&Array2::ones((1, 1000)), &mut output);
    /// let dropped = output.iter().filter(|&&y| y == 0.0).count();
    /// assert!((200..300).contains(&dropped));
    /// assert!(output.iter().all(|&y| y == 0.0 || y == 1.0 / 0.75));
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn new(size: usize, rate: f64, rng: &mut (impl Rng + ?Sized)) -> Result<Self> {
        check::not_empty("Dropout", "input", size)?;
        check::below_one("Dropout", "rate", rate)?;
        let seed = rng.next_u64();
        let digits = digits_of(0).into_iter().chain(digits_of(seed.into())).map(F::from_f64).collect();
        let generator = Parameter::new("generator", Role::State, Array1::insert_axis(digits, Axis(0)));
        Ok(Self { size, rate, rng: ChaCha8Rng::seed_from_u64(seed), seed, generator, mask: Vec::new() })
    }

    /// Makes the layer that [`new`](Self::new) makes with a generator of this seed (ChaCha8).
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    ///
    /// ```
    /// use feedforward::layer::Dropout;
    /// assert!(Dropout::<f32>::with_seed(1000, 0.25, 1).is_ok());
    /// assert!(Dropout::<f32>::with_seed(1000, 1.0, 1).is_err());
    /// ```
    pub fn with_seed(size: usize, rate: f64, seed: u64) -> Result<Self> {
        Self::new(size, rate, &mut ChaCha8Rng::seed_from_u64(seed))
    }

    /// Moves the generator to where the next pass starts: a refused pass left no proposal, so its masks are drawn
    /// again.
    fn rewind(&mut self) {
        let digits =
            if self.generator.proposal().is_empty() { self.generator.values() } else { self.generator.proposal() };
        let (position, seed) = digits.split_at(DIGITS);
        let seed = number_of(seed) as u64;
        if self.seed != seed {
            (self.rng, self.seed) = (ChaCha8Rng::seed_from_u64(seed), seed);
        }
        let position = number_of(position);
        if self.rng.get_word_pos() != position {
            self.rng.set_word_pos(position);
        }
    }

    fn propose_position(&mut self) {
        let position = digits_of(self.rng.get_word_pos());
        self.generator.propose(|digit, value| position.get(digit).map_or(value, |&digit| F::from_f64(digit)));
    }
}

/// Digits of a number, and the bits of each.
const DIGITS: usize = 3;
const BITS: u32 = 24;

/// Returns the lowest 72 bits of a number as digits, lowest first.
fn digits_of(number: u128) -> [f64; DIGITS] {
    std::array::from_fn(|digit| ((number >> (BITS * digit as u32)) & ((1 << BITS) - 1)) as f64)
}

/// Returns the number that has these digits.
fn number_of<F: Float>(digits: &[F]) -> u128 {
    digits.iter().rev().fold(0, |number, digit| (number << BITS) | digit.to_u128().unwrap_or_default())
}

impl<F: Float> Layer<F> for Dropout<F> {
    fn input_size(&self) -> usize {
        self.size
    }

    fn output_size(&self) -> usize {
        self.size
    }

    fn infer(&self, input: &ArrayRef2<F>, output: &mut ArrayRef2<F>) {
        output.assign(input);
    }

    fn forward(&mut self, input: &ArrayRef2<F>, output: &mut ArrayRef2<F>) {
        let scale = F::from_f64(1.0 / (1.0 - self.rate));
        // Dropped when 32 random bits fall below the rate's share of their range.
        let threshold = (self.rate * 2.0_f64.powi(32)) as u32;
        self.rewind();
        if self.mask.len() < input.len() {
            self.mask.resize(input.len(), false);
        }
        let both = flat(input).iter().zip(&mut self.mask);
        for (output, (&input, kept)) in flat_mut(output).iter_mut().zip(both) {
            *kept = self.rng.next_u32() >= threshold;
            *output = if *kept { scale * input } else { F::zero() };
        }
        self.propose_position();
    }

    fn backward(
        &mut self,
        _input: &ArrayRef2<F>,
        _output: &ArrayRef2<F>,
        output_gradient: &mut ArrayRef2<F>,
        input_gradient: Option<&mut ArrayRef2<F>>,
    ) {
        let Some(input_gradient) = input_gradient else { return };
        let scale = F::from_f64(1.0 / (1.0 - self.rate));
        let both = flat(output_gradient).iter().zip(&self.mask);
        for (below, (&above, &kept)) in flat_mut(input_gradient).iter_mut().zip(both) {
            *below = if kept { scale * above } else { F::zero() };
        }
    }

    fn visit<'a>(&'a self, visitor: &mut dyn FnMut(&'a Parameter<F>)) {
        visitor(&self.generator);
    }

    fn visit_mut<'a>(&'a mut self, visitor: &mut dyn FnMut(&'a mut Parameter<F>)) {
        visitor(&mut self.generator);
    }

    fn describe(&self) -> Description {
        Description::of_type::<Self>().with("rate", self.rate)
    }
}
