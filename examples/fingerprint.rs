//! Prints a hash of weights and history of fourteen seeded fits: compare it before and after a change of the code.
//!
//! `cargo run --release --example fingerprint`
//!
//! The fits use every layer and every rule, in single and double precision. A line that differs says which computation
//! has moved. The bits hold for one processor and one version of the toolchain, so no value is recorded here.

use feedforward::activation::{Clip, HardSigmoid, HardSwish, Mish, Selu, Softsign};
use feedforward::data::one_hot;
use feedforward::solver::{GeneticAlgorithm, Lbfgs, RandomSearch};
use feedforward::training::hook::{ClipNorm, ClipValue, MaxNorm, Penalty};
use feedforward::training::schedule::{Cosine, Exponential, Schedule, Warmup};
use feedforward::{
    Adagrad, Adam, AdamW, BinaryCrossEntropy, CrossEntropy, Dataset, EarlyStopping, Elu, Error, Float, Gelu,
    HalfSquaredError, History, Huber, Identity, LeakyRelu, Mae, Momentum, Mse, Nadam, Network, Relu, RmsProp, Rprop,
    Sgd, Sigmoid, Silu, Softplus, Tanh, Trainer,
};
use ndarray::Array2;

/// FNV-1a over 64-bit words.
struct Hash(u64);

impl Hash {
    fn add(&mut self, number: f64) {
        for byte in number.to_bits().to_le_bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

/// Numbers from -1 to 1 that follow no pattern a small network could miss.
fn numbers<F: Float>(rows: usize, columns: usize, seed: usize) -> Array2<F> {
    let number = |(row, column): (usize, usize)| ((row * 37 + column * 101 + seed * 53 + row * column) % 199) as f64;
    Array2::from_shape_fn((rows, columns), |index| F::from_f64(number(index) / 99.0 - 1.0))
}

fn regression<F: Float>(rows: usize, inputs: usize, outputs: usize) -> Result<Dataset<F>, Error> {
    Dataset::new(numbers(rows, inputs, 1), numbers(rows, outputs, 2))
}

fn classes<F: Float>(rows: usize, inputs: usize, count: usize) -> Result<Dataset<F>, Error> {
    let labels: Vec<usize> = (0..rows).map(|row| (row * row + 3 * row) % count).collect();
    Dataset::new(numbers(rows, inputs, 3), one_hot(&labels, count)?)
}

fn print<F: Float>(name: &str, network: &Network<F>, history: &History) {
    let mut hash = Hash(0xcbf2_9ce4_8422_2325);
    for parameter in network.parameters() {
        parameter.values().iter().for_each(|value| hash.add(value.widen()));
    }
    for record in history.epochs() {
        [record.training_loss, record.gradient_norm].into_iter().for_each(|number| hash.add(number));
        record.validation_loss.into_iter().for_each(|number| hash.add(number));
    }
    println!("{:016x}  {name}", hash.0);
}

fn main() -> Result<(), Error> {
    fits::<f32>("f32")?;
    fits::<f64>("f64")
}

fn fits<F: Float>(precision: &str) -> Result<(), Error> {
    let show = |name: &str, network: &Network<F>, history: &History| {
        print(&format!("{precision} {name}"), network, history);
    };

    let data = regression(100, 5, 2)?;
    let mut network = Network::builder(5).dense(9, Relu).dense(2, Identity).seed(1).build()?;
    let mut trainer = Trainer::new(5).seed(1);
    let history = trainer.fit(&mut network, &data, &Mse, &mut Sgd::new(0.05)?)?;
    show("ReLU, squared error, Sgd", &network, &history);

    let mut network = Network::builder(5).dense(7, Sigmoid).dense(2, Tanh).seed(2).build()?;
    let mut trainer = Trainer::new(5).batch_size(16).validation_share(0.2);
    let history = trainer.fit(&mut network, &data, &HalfSquaredError, &mut Momentum::new(0.1, 0.9)?)?;
    show("sigmoid and tanh, half squared error, Momentum, validation", &network, &history);

    let data = classes(90, 6, 3)?;
    let mut network = Network::builder(6).dense(12, Tanh).dropout(0.3).dense(3, Identity).seed(3).build()?;
    let mut trainer = Trainer::new(6).batch_size(10).schedule_epochs(Exponential::new(0.9)?);
    let history = trainer.fit(&mut network, &data, &CrossEntropy::default().smoothing(0.1), &mut Adam::new(0.01)?)?;
    show("dropout, smoothed cross-entropy, Adam, falling rate", &network, &history);

    let builder = Network::builder(6).dense(10, Identity).batch_norm().activation(Relu);
    let mut network = builder.dense(3, Identity).seed(4).build()?;
    let mut trainer = Trainer::new(6).batch_size(16).hook(Penalty::elastic(1e-3, 1e-2)?).hook(ClipNorm::new(0.5)?);
    let history = trainer.fit(&mut network, &data, &CrossEntropy::default(), &mut Momentum::nesterov(0.05, 0.9)?)?;
    show("batch norm, Nesterov, penalty, clipped norm", &network, &history);

    let builder = Network::builder(6).dense(8, Identity).activation(Gelu::Exact).layer_norm().dense(8, Identity);
    let mut network = builder.activation(Gelu::Tanh).dense(3, Identity).seed(5).build()?;
    let history = Trainer::new(6).fit(&mut network, &data, &CrossEntropy::default(), &mut AdamW::new(0.01)?)?;
    show("GELU, layer norm, AdamW", &network, &history);

    let weights = (0..90).map(|row| F::from_f64((row % 4) as f64)).collect();
    let weighted = data.clone().with_weights(weights)?;
    let builder = Network::builder(6).dense(8, LeakyRelu::new(0.1)?).dense(8, Elu::default()).dense(8, Softplus);
    let mut network = builder.dense_without_bias(3, Identity).seed(6).build()?;
    let mut trainer = Trainer::new(6).batch_size(7).accumulate(3).hook(ClipValue::new(0.1)?).hook(MaxNorm::new(2.0)?);
    let history = trainer.fit(&mut network, &weighted, &Mae, &mut RmsProp::new(0.005)?)?;
    show("leaky ReLU, ELU, softplus, weights, accumulation, RmsProp", &network, &history);

    let builder = Network::builder(6).dense(8, Identity).activation(Silu).dense(3, Identity);
    let mut network = builder.seed(7).build()?;
    let mut trainer = Trainer::new(6).schedule_steps(Warmup::new(5)?.then(5, Cosine::new(10)?));
    let history = trainer.fit(&mut network, &data, &BinaryCrossEntropy::default(), &mut Nadam::new(0.01)?)?;
    show("SiLU, binary cross-entropy, Nadam, warm-up and cosine", &network, &history);

    let mut network = Network::builder(6).dense(8, Tanh).dense(3, Identity).softmax().seed(8).build()?;
    let huber = Huber::new(0.3)?;
    let history = Trainer::new(10).batch_size(90).fit(&mut network, &data, &huber, &mut Rprop::new(0.01)?)?;
    show("softmax layer, Huber, Rprop", &network, &history);

    let large = regression(9000, 4, 3)?;
    let mut network = Network::builder(4).dense(32, Tanh).dense(16, Relu).dense(3, Identity).seed(9).build()?;
    let history = Trainer::new(3).batch_size(4500).fit(&mut network, &large, &Mse, &mut Adagrad::new(0.05)?)?;
    show("large batches in shards, Adagrad", &network, &history);

    let mut network = Network::builder(6).dense(8, Tanh).dense(3, Identity).seed(10).build()?;
    let history = Lbfgs::new().fit(&mut network, &data, &CrossEntropy::default(), 10)?;
    show("Lbfgs", &network, &history);

    let mut network = Network::builder(6).dense(4, Tanh).dense(3, Identity).seed(11).build()?;
    let history = RandomSearch::new(0.3)?.seed(1).fit(&mut network, &data, &CrossEntropy::default(), 20)?;
    show("RandomSearch", &network, &history);
    let history = GeneticAlgorithm::new(10, 2)?.seed(1).fit(&mut network, &data, &CrossEntropy::default(), 10)?;
    show("GeneticAlgorithm", &network, &history);

    let mut network = Network::builder(6).dense(30, Relu).dense(3, Identity).seed(12).build()?;
    let mut rule = Adam::new(0.02)?.amsgrad();
    let mut trainer = Trainer::new(20).validation_share(0.3).early_stopping(EarlyStopping::new(3)?);
    let history = trainer.fit(&mut network, &data, &CrossEntropy::default(), &mut rule)?;
    show("AMSGrad, early stopping", &network, &history);

    let builder = Network::builder(6).affine().dense(8, Selu).dense(8, HardSigmoid::default()).dense(8, Softsign);
    let builder = builder.dense(8, Clip::relu6()).activation(Mish).activation(HardSwish);
    let mut network = builder.dense(3, Identity).log_softmax().seed(13).build()?;
    let history = Trainer::new(6).fit(&mut network, &data, &CrossEntropy::default(), &mut Adam::new(0.01)?)?;
    show("affine, SELU, hard sigmoid, softsign, ReLU6, Mish, hard swish, log-softmax", &network, &history);
    Ok(())
}
