//! Predicts what training takes on 2 to 4,096 ranks, from the time of 256 rows on this machine and from latency and
//! bandwidth of the network: see `README.md`.

#[allow(dead_code)]
#[path = "../../../peers/src/configuration.rs"]
mod configuration;
#[path = "../../../peers/src/measure.rs"]
mod measure;

mod compute;
mod cost;
mod network;
mod step;
mod tables;

use compute::Times;
use network::Network;
use std::error::Error;

const CONFIGURATIONS: [&str; 8] = ["xor", "iris", "tabular", "nielsen", "mnist", "mnist-wide", "large", "simplechains"];

fn main() -> Result<(), Box<dyn Error>> {
    let times = match option("--times") {
        Some(path) => serde_json::from_str(&std::fs::read_to_string(path)?)?,
        None => measured()?,
    };
    if let Some(path) = option("--record") {
        std::fs::write(path, serde_json::to_string_pretty(&times)? + "\n")?;
    }
    let here = this_machine()?;
    let networks: Vec<Network> = [here.clone()].into_iter().chain(network::published()).collect();
    tables::print_times(&times);
    tables::print_networks(&networks);
    tables::print_steps(&here, &times, &[2]);
    for network in network::published() {
        tables::print_shown_steps(&network, &times);
        tables::print_limits(&network, &times);
    }
    Ok(())
}

/// Measures all configurations, for `--seconds` each time (0.3 by default).
fn measured() -> Result<Vec<Times>, Box<dyn Error>> {
    let seconds = number("--seconds", 0.3)?;
    let names = CONFIGURATIONS.into_iter();
    names.map(|name| compute::times(name, seconds).map_err(Into::into)).collect()
}

/// The shared memory of this machine, between 2 ranks: `--latency` in microseconds and `--bandwidth` in Gbit/s.
///
/// The defaults are those of `run.py`: an exchange of 8 bytes takes about 1 us, one of 4 MiB 383 us.
fn this_machine() -> Result<Network, Box<dyn Error>> {
    let (latency, bandwidth) = (number("--latency", 1.0)?, number("--bandwidth", 87.0)?);
    let source = match (option("--latency"), option("--bandwidth")) {
        (Some(_), Some(_)) => "given by --latency and --bandwidth",
        _ => "default of the program: OpenMPI 4.1.4, 2 ranks of one machine",
    };
    Ok(network::network("shared memory", latency, bandwidth, source))
}

fn number(name: &str, default: f64) -> Result<f64, Box<dyn Error>> {
    let value = option(name).map_or(Ok(default), |text| text.parse())?;
    if value > 0.0 { Ok(value) } else { Err(format!("{name} must be above zero").into()) }
}

/// The argument that follows `name`.
fn option(name: &str) -> Option<String> {
    std::env::args().skip_while(|argument| argument != name).nth(1)
}
