//! What is run: the networks, and the numbers every peer starts from.

use serde::Deserialize;

/// As in configurations.json, which the Python peers read too.
#[derive(Deserialize)]
pub struct Configuration {
    pub name: String,
    pub sizes: Vec<usize>,
    pub batch: usize,
    pub hidden: Activation,
    pub output: Activation,
    pub optimizer: Optimizer,
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Activation {
    Identity,
    Relu,
    Sigmoid,
    Tanh,
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Optimizer {
    Momentum,
    Adam,
}

/// A layer before the first step.
pub struct Layer {
    pub inputs: usize,
    pub outputs: usize,
    pub activation: Activation,
    /// Row after row of a matrix of shape (inputs, outputs).
    pub weight: Vec<f32>,
    pub bias: Vec<f32>,
}

impl Layer {
    /// The same matrix, stored in shape (outputs, inputs).
    pub fn transposed_weight(&self) -> Vec<f32> {
        let column = |output| self.weight[output..].iter().step_by(self.outputs).copied();
        (0..self.outputs).flat_map(column).collect()
    }
}

impl Optimizer {
    pub fn rate(self) -> f32 {
        match self {
            Self::Momentum => 0.01,
            Self::Adam => 0.001,
        }
    }
}

pub const MOMENTUM: f32 = 0.9;
pub const BETAS: (f32, f32) = (0.9, 0.999);
pub const EPSILON: f32 = 1e-8;

impl Configuration {
    pub fn named(name: &str) -> Option<Self> {
        let all: Vec<Self> =
            serde_json::from_str(include_str!("../configurations.json")).expect("valid configurations");
        all.into_iter().find(|configuration| configuration.name == name)
    }

    pub fn input_size(&self) -> usize {
        self.sizes[0]
    }

    pub fn output_size(&self) -> usize {
        self.sizes[self.sizes.len() - 1]
    }

    pub fn layers(&self) -> Vec<Layer> {
        let last = self.sizes.len() - 2;
        let layer = |(index, pair): (usize, &[usize])| {
            let (inputs, outputs) = (pair[0], pair[1]);
            let limit = (6.0 / (inputs + outputs) as f64).sqrt() as f32;
            let stream = 2 + 2 * index as u64;
            Layer {
                inputs,
                outputs,
                activation: if index == last { self.output } else { self.hidden },
                weight: numbers(stream, inputs * outputs, limit),
                bias: numbers(stream + 1, outputs, 0.1),
            }
        };
        self.sizes.windows(2).enumerate().map(layer).collect()
    }

    pub fn inputs(&self) -> Vec<f32> {
        numbers(0, self.batch * self.input_size(), 1.0)
    }

    /// In [0, 1), which a sigmoid can reach.
    pub fn targets(&self) -> Vec<f32> {
        numbers(1, self.batch * self.output_size(), 0.5).into_iter().map(|number| number + 0.5).collect()
    }
}

/// Numbers in [-limit, limit), the same to the last bit in common.py.
fn numbers(stream: u64, count: usize, limit: f32) -> Vec<f32> {
    let number = |index| {
        let bits = mix((stream << 32) + index) >> 40;
        ((bits as f32) / (1 << 23) as f32 - 1.0) * limit
    };
    (0..count as u64).map(number).collect()
}

/// The bits of a counter, well mixed (SplitMix64): unlike the steps of a generator, NumPy does many at once.
fn mix(counter: u64) -> u64 {
    let mut bits = counter.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
