//! Training on ranks that are processes.

use feedforward::distributed::Communicator;
use feedforward::error::Result;
use feedforward::metrics::Accuracy;
use feedforward::training::{Interval, Observer};
use feedforward::{Adam, CrossEntropy, Dataset, EpochRecord, Identity, Network, Relu, Trainer};
use ndarray::Array2;
use std::ops::ControlFlow;
use std::path::Path;

/// Ends this process with SIGKILL after some steps.
struct KillAfter(usize);

impl Observer<f32> for KillAfter {
    fn step(&mut self, _: usize, _: f32) -> ControlFlow<()> {
        if self.0 == 0 {
            let _ = super::kill();
        }
        self.0 -= 1;
        ControlFlow::Continue(())
    }

    fn epoch(&mut self, _: &Network<f32>, _: &EpochRecord) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// Trains 784-128-64-10 with Adam, goes on from the checkpoint if there is one, and prints weights and history. A rank
/// can be killed after some steps.
pub fn train(communicator: &dyn Communicator, folder: &Path, killed: Option<(usize, usize)>) -> Result<()> {
    let pixel = |(row, column): (usize, usize)| ((row * 31 + column * (row % 7 + 1)) % 255) as f32 / 255.0;
    let classes = Array2::from_shape_fn((320, 1), |(row, _)| (row % 7) as f32);
    let data = Dataset::new(Array2::from_shape_fn((320, 784), pixel), classes)?;
    let builder = Network::builder(784).dense(128, Relu).batch_norm().dense(64, Relu).dropout(0.1);
    let mut network = builder.dense(10, Identity).seed(1).build()?;

    let path = folder.join("run.safetensors");
    let mut trainer = Trainer::new(5).batch_size(80).validation_share(0.1).metric(Accuracy).across(communicator);
    trainer = trainer.checkpoint(&path, Interval::Steps(1));
    if let Some((_, steps)) = killed.filter(|(rank, _)| *rank == communicator.rank()) {
        trainer = trainer.observer(KillAfter(steps));
    } else {
        // The ranks must agree on whether there are observers, not on which.
        trainer = trainer.observer(|_: &Network<f32>, _: &EpochRecord| ControlFlow::Continue(()));
    }
    let (loss, mut rule) = (CrossEntropy::default(), Adam::new(0.001)?);
    let mut exists = [f64::from(communicator.rank() == 0 && path.exists())];
    communicator.all_reduce_sum_f64(&mut exists)?;
    let history = match exists[0] > 0.0 {
        true => trainer.resume(&path, &mut network, &data, &loss, &mut rule)?,
        false => trainer.fit(&mut network, &data, &loss, &mut rule)?,
    };
    let weights = network.parameters_flat().iter().fold(0_u64, |hash, weight| {
        // FNV-1a by words.
        (hash ^ u64::from(weight.to_bits())).wrapping_mul(0x0100_0000_01b3)
    });
    let records = history.epochs().iter().map(|record| {
        let numbers = [record.training_loss, record.validation_loss.unwrap_or(-1.0), record.metrics[0].1];
        numbers.map(f64::to_bits)
    });
    println!("rank {}: weights {weights:x}, history {:x?}", communicator.rank(), records.collect::<Vec<_>>());
    Ok(())
}
