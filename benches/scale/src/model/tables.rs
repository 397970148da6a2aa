//! What is printed: Markdown tables.

use crate::compute::{ROWS, Times};
use crate::cost::Algorithm;
use crate::network::Network;
use crate::step::{Layer, Plan, Work};

/// The algorithms of `MPI_Allreduce`, which may take the best one.
const FAST: [Algorithm; 3] = [Algorithm::Ring, Algorithm::RecursiveDoubling, Algorithm::Halving];
const SHOWN_RANKS: [usize; 5] = [2, 8, 64, 512, 4096];

pub fn work(times: &Times) -> Work {
    let layers: Vec<Layer> = times.sizes.windows(2).map(|pair| Layer { inputs: pair[0], outputs: pair[1] }).collect();
    let numbers: usize = layers.iter().map(|layer| (layer.inputs + 1) * layer.outputs).sum();
    let addition = times.addition * 1e-6 / numbers as f64;
    Work { layers, gradients: times.gradients * 1e-6, update: times.update * 1e-6, addition }
}

pub fn print_times(all: &[Times]) {
    println!("### Times of one rank\n");
    header(&["configuration", "numbers", "gradients", "update", "addition of two buffers"]);
    for times in all {
        let numbers = grouped(work(times).numbers() as usize);
        row(&times.configuration, [numbers, time(times.gradients), time(times.update), time(times.addition)]);
    }
    println!();
}

pub fn print_networks(networks: &[Network]) {
    println!("### Networks\n");
    header(&["network", "latency", "bandwidth", "source"]);
    for Network { name, link, source } in networks {
        let bandwidth = format!("{:.3} GB/s", link.bandwidth * 1e-9);
        println!("| {name} | {} | {bandwidth} | {source} |", time(link.latency * 1e6));
    }
    println!();
}

/// Prints the time of a step and the efficiency, for each algorithm.
pub fn print_steps(network: &Network, all: &[Times], ranks: &[usize]) {
    println!("### {}: time of a step, and efficiency\n", network.name);
    let columns = ranks.iter().map(|ranks| format!("{} ranks", grouped(*ranks)));
    let columns: Vec<String> = ["configuration".into(), "all-reduce".into()]
        .into_iter()
        .chain(columns)
        .chain(["below 90% at".into()])
        .collect();
    header(&columns.iter().map(String::as_str).collect::<Vec<_>>());
    for times in all {
        let work = work(times);
        for algorithm in Algorithm::ALL {
            let mut cells = vec![algorithm.name().to_owned()];
            cells.extend(ranks.iter().map(|&ranks| {
                let step = work.step(ranks, algorithm, network.link, Plan::PLAIN);
                format!("{}, {:.0}%", time(step * 1e6), 100.0 * work.alone() / step)
            }));
            cells.push(limit(work.limit(&[algorithm], network.link, Plan::PLAIN)));
            row(&times.configuration, cells);
        }
    }
    println!();
}

pub fn print_shown_steps(network: &Network, all: &[Times]) {
    print_steps(network, all, &SHOWN_RANKS);
}

/// Prints where the efficiency falls below 90%, and what moves that point.
pub fn print_limits(network: &Network, all: &[Times]) {
    println!("### {}: below 90% at this number of ranks\n", network.name);
    header(&[
        "configuration",
        "all-reduce",
        "as it is",
        "overlapped",
        "16 bits",
        "both",
        "rows a rank for 90% at 64",
        "rows a rank for 90% at 4,096",
    ]);
    for times in all {
        let work = work(times);
        // The crate halves messages from 64 KiB on.
        let deterministic = [Algorithm::RecursiveDoubling, Algorithm::Halving];
        for (name, algorithms) in
            [("tree", &[Algorithm::Tree][..]), ("deterministic", &deterministic), ("the fastest", &FAST)]
        {
            let plans = [(false, 4.0), (true, 4.0), (false, 2.0), (true, 2.0)];
            let limits = plans.map(|(is_overlapped, bytes_per_number)| {
                limit(work.limit(algorithms, network.link, Plan { is_overlapped, bytes_per_number }))
            });
            let rows = [64, 4096].map(|ranks| {
                grouped(work.rows_for_90_percent(ranks, algorithms, network.link, ROWS as f64).ceil() as usize)
            });
            row(&times.configuration, [name.to_owned()].into_iter().chain(limits).chain(rows));
        }
    }
    println!();
}

fn header(columns: &[&str]) {
    println!("| {} |", columns.join(" | "));
    println!("| --- |{}", " ---: |".repeat(columns.len() - 1));
}

fn row(name: &str, cells: impl IntoIterator<Item = String>) {
    println!("| {name} | {} |", cells.into_iter().collect::<Vec<_>>().join(" | "));
}

fn limit(ranks: Option<usize>) -> String {
    ranks.map_or_else(|| "-".to_owned(), grouped)
}

/// Writes a time in microseconds with three digits and a unit.
fn time(microseconds: f64) -> String {
    match microseconds {
        value if value < 0.9995 => format!("{} ns", three_digits(value * 1e3)),
        value if value < 1e3 => format!("{} us", three_digits(value)),
        value if value < 1e6 => format!("{} ms", three_digits(value * 1e-3)),
        value => format!("{} s", three_digits(value * 1e-6)),
    }
}

fn three_digits(value: f64) -> String {
    let decimals = if value < 9.995 { 2 } else { usize::from(value < 99.95) };
    format!("{value:.decimals$}")
}

/// Writes 4096 as 4,096.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = (0..digits.len().div_ceil(3))
        .rev()
        .map(|group| {
            let end = digits.len() - 3 * group;
            &digits[end.saturating_sub(3)..end]
        })
        .collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_readers() {
        assert_eq!([7, 512, 4096, 1_234_567].map(grouped), ["7", "512", "4,096", "1,234,567"]);
        assert_eq!([0.25, 12.34, 999.4, 1500.0, 2e6].map(time), ["250 ns", "12.3 us", "999 us", "1.50 ms", "2.00 s"]);
    }

    #[test]
    fn work_has_the_units_of_the_model() {
        let times =
            Times { configuration: "xor".into(), sizes: vec![2, 4, 1], gradients: 3.0, update: 1.0, addition: 1.7 };
        let work = work(&times);
        assert_eq!(work.numbers(), 17.0);
        assert!((work.alone() - 4e-6).abs() < 1e-18);
        assert!((work.addition - 1e-7).abs() < 1e-18);
    }
}
