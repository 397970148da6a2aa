//! Times training steps of one rank, or of several under `mpirun`, and messages between them. Rank 0 prints a line of
//! JSON for each measurement; `run.py` starts it, and makes tables of them.

#[allow(dead_code)]
#[path = "../../../peers/src/configuration.rs"]
mod configuration;

use configuration::{Activation, Configuration};
use feedforward::distributed::{Communicator, Reduction, connect};
use feedforward::error::Result;
use feedforward::{Adam, Dataset, Dense, Identity, Layer, Momentum, Mse, Network, Optimizer, Relu, Trainer};
use ndarray::{Array1, Array2};
use serde_json::json;
use std::time::Instant;

/// Rows of a rank in a step.
const ROWS: usize = 256;

/// The configurations, and how many steps an epoch has.
const CONFIGURATIONS: [(&str, usize); 3] = [("mnist", 40), ("mnist-wide", 16), ("large", 4)];

/// Bytes of the messages that are timed.
const MESSAGES: [usize; 9] = [8, 256, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20, 16 << 20];

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let communicator = connect()?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["steps", seconds] => time_steps(&*communicator, seconds.parse()?)?,
        ["messages", seconds] if communicator.size() > 1 => time_messages(&*communicator, seconds.parse()?)?,
        ["agreement"] => compare_reductions(&*communicator)?,
        _ => return Err("expected steps SECONDS, messages SECONDS (on 2 ranks or more), or agreement".into()),
    }
    Ok(())
}

/// Times the steps of each configuration: without ranks (where there is one), and with each reduction.
fn time_steps(communicator: &dyn Communicator, seconds: f64) -> Result<()> {
    for (name, steps) in CONFIGURATIONS {
        for kind in ["plain", "8 shards", "2 shards", "fast"] {
            if kind == "plain" && communicator.size() > 1 {
                continue;
            }
            let batch = ROWS * communicator.size();
            let mut trainer = Trainer::new(1).batch_size(batch);
            match kind {
                "plain" => {}
                "fast" => trainer = trainer.across(communicator).reduction(Reduction::Fast),
                _ => trainer = trainer.across(communicator).shards(if kind == "8 shards" { 8 } else { 2 }),
            }
            let configuration = Configuration::named(name).expect("a configuration of the peers");
            let (mut network, data) = (network(&configuration)?, data(&configuration, batch * steps)?);
            let mut optimizer = Momentum::new(1e-5, 0.9)?;
            let (mut times, mut spent) = (Vec::new(), 0.0);
            // An epoch to warm up, and the same number of epochs on all ranks.
            while times.len() < 4 || spent < seconds {
                let history = trainer.fit(&mut network, &data, &Mse, &mut optimizer)?;
                let mut epoch = [history.last().map_or(0.0, |record| record.seconds)];
                communicator.all_reduce_sum_f64(&mut epoch)?;
                let epoch = epoch[0] / communicator.size() as f64;
                spent += epoch;
                times.push(epoch / steps as f64);
            }
            times.remove(0);
            times.sort_by(f64::total_cmp);
            if communicator.rank() == 0 {
                let (minimum, median) = (times[0], times[times.len() / 2]);
                let ranks = communicator.size();
                let times = json!({"what": name, "kind": kind, "ranks": ranks, "minimum": minimum, "median": median});
                println!("{times}");
            }
        }
    }
    Ok(())
}

/// Times an all-reduce by the library of MPI, and an exchange with one addition, which is what a deterministic sum does
/// on two ranks.
fn time_messages(communicator: &dyn Communicator, seconds: f64) -> Result<()> {
    let other = communicator.rank() ^ 1;
    for bytes in MESSAGES {
        let mut own = vec![1e-30_f32; bytes / 4];
        let (sent, mut received) = (vec![0_u8; bytes], vec![0_u8; bytes]);
        for kind in ["all-reduce", "exchange"] {
            let mut times = Vec::new();
            let mut spent = 0.0;
            while times.len() < 20 || spent < seconds {
                communicator.barrier()?;
                let start = Instant::now();
                if kind == "all-reduce" {
                    communicator.all_reduce_sum_f32(&mut own)?;
                } else if other < communicator.size() {
                    communicator.send_receive(Some((&sent, other)), Some((&mut received, other)))?;
                    for (own, received) in own.iter_mut().zip(received.as_chunks::<4>().0) {
                        *own += f32::from_le_bytes(*received);
                    }
                }
                let mut time = [start.elapsed().as_secs_f64()];
                communicator.all_reduce_sum_f64(&mut time)?;
                times.push(time[0] / communicator.size() as f64);
                spent += time[0];
            }
            times.sort_by(f64::total_cmp);
            if communicator.rank() == 0 {
                let (minimum, median) = (times[0], times[times.len() / 2]);
                println!("{}", json!({"what": kind, "bytes": bytes, "minimum": minimum, "median": median}));
            }
        }
    }
    Ok(())
}

/// Prints how far the weights of both reductions are apart after 100 steps.
fn compare_reductions(communicator: &dyn Communicator) -> Result<()> {
    let configuration = Configuration::named("mnist").expect("a configuration of the peers");
    let data = data(&configuration, ROWS * 100)?;
    let train = |reduction, rule: &mut dyn Optimizer<f32>| {
        let mut network = network(&configuration)?;
        let mut trainer = Trainer::new(1).batch_size(ROWS).across(communicator).reduction(reduction);
        trainer.fit(&mut network, &data, &Mse, rule)?;
        Ok::<_, feedforward::Error>(network.parameters_flat())
    };
    for name in ["Momentum", "Adam"] {
        let rule = || -> Result<Box<dyn Optimizer<f32>>> {
            Ok(if name == "Adam" { Box::new(Adam::new(0.001)?) } else { Box::new(Momentum::new(0.01, 0.9)?) })
        };
        let one = train(Reduction::Deterministic, &mut *rule()?)?;
        let other = train(Reduction::Fast, &mut *rule()?)?;
        let distances = one.iter().zip(&other).map(|(one, other)| f64::from((one - other).abs()));
        let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>().sqrt();
        let relative = norm(&mut distances.clone()) / norm(&mut one.iter().map(|&one| f64::from(one)));
        if communicator.rank() == 0 {
            let (ranks, largest) = (communicator.size(), distances.fold(0.0, f64::max));
            println!("{}", json!({"rule": name, "ranks": ranks, "largest": largest, "relative": relative}));
        }
    }
    Ok(())
}

fn network(configuration: &Configuration) -> Result<Network<f32>> {
    let dense = |layer: configuration::Layer| -> Result<Box<dyn Layer<f32>>> {
        let weight = array((layer.inputs, layer.outputs), layer.weight);
        let bias = Some(Array1::from(layer.bias));
        Ok(match layer.activation {
            Activation::Relu => Box::new(Dense::from_parameters(weight, bias, Relu)?),
            _ => Box::new(Dense::from_parameters(weight, bias, Identity)?),
        })
    };
    Network::from_layers(configuration.layers().into_iter().map(dense).collect::<Result<_>>()?)
}

fn data(configuration: &Configuration, rows: usize) -> Result<Dataset<f32>> {
    let rows = Configuration { batch: rows, sizes: configuration.sizes.clone(), name: String::new(), ..*configuration };
    let inputs = array((rows.batch, rows.input_size()), rows.inputs());
    Dataset::new(inputs, array((rows.batch, rows.output_size()), rows.targets()))
}

fn array(shape: (usize, usize), numbers: Vec<f32>) -> Array2<f32> {
    Array2::from_shape_vec(shape, numbers).expect("as many numbers as the shape holds")
}
