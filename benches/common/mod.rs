//! The named configurations, wherever speed is spoken of.

use feedforward::{Identity, Network, Relu, Sigmoid, Tanh};
use ndarray::Array2;
use ndarray_rand::RandomExt;
use rand::SeedableRng;
use rand_distr::Uniform;

pub struct Configuration {
    pub name: &'static str,
    pub sizes: &'static [usize],
    pub batch: usize,
    pub hidden: Hidden,
}

#[derive(PartialEq)]
pub enum Hidden {
    /// Sigmoid on all layers.
    Sigmoid,
    /// ReLU on the hidden layers, identity at the end.
    Relu,
    /// Tanh on the hidden layers, identity at the end.
    Tanh,
}

pub const CONFIGURATIONS: [Configuration; 8] = [
    Configuration { name: "xor", sizes: &[2, 4, 1], batch: 4, hidden: Hidden::Sigmoid },
    Configuration { name: "iris", sizes: &[4, 16, 3], batch: 16, hidden: Hidden::Relu },
    Configuration { name: "tabular", sizes: &[13, 64, 64, 1], batch: 32, hidden: Hidden::Relu },
    Configuration { name: "nielsen", sizes: &[784, 30, 10], batch: 10, hidden: Hidden::Sigmoid },
    Configuration { name: "mnist", sizes: &[784, 128, 64, 10], batch: 64, hidden: Hidden::Relu },
    Configuration { name: "mnist-wide", sizes: &[784, 512, 512, 10], batch: 128, hidden: Hidden::Relu },
    Configuration { name: "large", sizes: &[1024, 2048, 2048, 1024], batch: 256, hidden: Hidden::Relu },
    Configuration { name: "simplechains", sizes: &[4, 32, 16, 4], batch: 10_000, hidden: Hidden::Tanh },
];

impl Configuration {
    /// Such as "mnist 784-128-64-10 relu 64".
    pub fn id(&self) -> String {
        let sizes: Vec<_> = self.sizes.iter().map(usize::to_string).collect();
        let hidden = match self.hidden {
            Hidden::Sigmoid => "sigmoid",
            Hidden::Relu => "relu",
            Hidden::Tanh => "tanh",
        };
        format!("{} {} {hidden} {}", self.name, sizes.join("-"), self.batch)
    }

    pub fn network(&self) -> Network<f32> {
        let (outputs, hidden) = self.sizes[1..].split_last().unwrap();
        let start = Network::builder(self.sizes[0]);
        let middle = hidden.iter().fold(start, |builder, &size| match self.hidden {
            Hidden::Sigmoid => builder.dense(size, Sigmoid),
            Hidden::Relu => builder.dense(size, Relu),
            Hidden::Tanh => builder.dense(size, Tanh),
        });
        let whole = if self.hidden == Hidden::Sigmoid {
            middle.dense(*outputs, Sigmoid)
        } else {
            middle.dense(*outputs, Identity)
        };
        whole.seed(1).build().unwrap()
    }

    pub fn inputs(&self, rows: usize) -> Array2<f32> {
        uniform((rows, self.sizes[0]))
    }

    pub fn targets(&self) -> Array2<f32> {
        uniform((self.batch, self.sizes[self.sizes.len() - 1]))
    }
}

fn uniform(shape: (usize, usize)) -> Array2<f32> {
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(7);
    Array2::random_using(shape, Uniform::new(0.0, 1.0).unwrap(), &mut rng)
}
