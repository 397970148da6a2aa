//! Trains on several ranks: threads, or processes under `mpirun`; any number of them gives the same weights.
//!
//! `cargo run --release --example distributed` for 1, 2 and 4 threads as ranks, and with MPI
//! `cargo build --release --features mpi --example distributed && mpirun -n 2 target/release/examples/distributed`.

#[path = "data/digits.rs"]
mod digits;

use feedforward::distributed::{Communicator, Threads, connect, started_by_mpirun};
use feedforward::error::Result;
use feedforward::metrics::Accuracy;
use feedforward::{CrossEntropy, Dataset, EpochRecord, Identity, Momentum, Network, Relu, Trainer};
use std::ops::ControlFlow;

const EPOCHS: usize = 10;

fn main() -> Result<()> {
    let (train, test) = digits::load()?.split_stratified(0.8, 1)?;
    if started_by_mpirun().is_some() {
        let communicator = connect()?;
        run(&*communicator, &train, &test)?;
        return Ok(());
    }
    let mut weights = Vec::new();
    for ranks in [1, 2, 4] {
        println!("{ranks} ranks:");
        weights.extend(Threads::run(ranks, |communicator| run(communicator, &train, &test))?);
    }
    assert!(weights.iter().all(|others| *others == weights[0]));
    println!("\nAll ranks of all runs have the same weights, to the last bit.");
    Ok(())
}

/// Trains on this rank, together with the others; returns the weights.
fn run(communicator: &dyn Communicator, train: &Dataset<f32>, test: &Dataset<f32>) -> Result<Vec<f32>> {
    let (rank, size) = (communicator.rank(), communicator.size());
    let mut network = Network::builder(64).dense(256, Relu).dense(128, Relu).dense(10, Identity).seed(1).build()?;
    // What only rank 0 shall print.
    let line = |_: &Network<f32>, record: &EpochRecord| {
        if rank == 0 {
            let EpochRecord { epoch, training_loss, metrics, seconds, .. } = record;
            let accuracy = 100.0 * metrics[0].1;
            println!("epoch {epoch:2}: loss {training_loss:.6}, test accuracy {accuracy:.2}%, {seconds:.3} s");
        }
        ControlFlow::Continue(())
    };
    let mut trainer = Trainer::new(EPOCHS).batch_size(128).validation(test).metric(Accuracy).observer(line);
    trainer = trainer.across(communicator);
    let history = trainer.fit(&mut network, train, &CrossEntropy::default(), &mut Momentum::new(0.05, 0.9)?)?;

    // The same rows by one rank alone, for comparison: efficiency is its time / (ranks · time of the ranks).
    let mut alone = Network::builder(64).dense(256, Relu).dense(128, Relu).dense(10, Identity).seed(1).build()?;
    let mut seconds = [0.0];
    if rank == 0 {
        let mut trainer = Trainer::new(EPOCHS).batch_size(128).validation(test).metric(Accuracy);
        let rule = &mut Momentum::new(0.05, 0.9)?;
        let history = trainer.fit(&mut alone, train, &CrossEntropy::default(), rule)?;
        seconds[0] = history.epochs().iter().map(|record| record.seconds).sum();
    }
    communicator.all_reduce_sum_f64(&mut seconds)?;
    let together: f64 = history.epochs().iter().map(|record| record.seconds).sum();
    let (loss, efficiency) = (history.epochs()[EPOCHS - 1].training_loss, seconds[0] / (size as f64 * together));
    println!("rank {rank} of {size}: loss {loss:.6}, efficiency {:.0}%", 100.0 * efficiency);
    Ok(network.parameters_flat())
}
