//! Times networks as exported source code, compiled for this processor, beside `predict_into`: one row.
//!
//! `cargo run --release -p feedforward-benches --bin exported`; the compilers are `cc` and `rustc`, or those in `CC`
//! and `RUSTC`. Each round measures the three in turns, so that all see the same machine; the ratio of a round is that
//! of neighbours in time, and the table has the medians of all rounds.

#![allow(missing_docs)]

#[allow(dead_code)]
mod common;

use common::CONFIGURATIONS;
use feedforward::{Network, Scratch};
use ndarray::Array2;
use std::fmt::Write as _;
use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const NAMES: [&str; 3] = ["xor", "iris", "tabular"];
/// Rounds of a measurement.
const ROUNDS: usize = 501;
/// How long each program runs in a round: short, so that few rounds are interrupted by other programs.
const ROUND: Duration = Duration::from_millis(1);

fn main() {
    let folder = std::env::temp_dir().join(format!("feedforward-exported-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the programs");
    println!("{:10}{:>16}{:>10}{:>10}{:>12}{:>12}", "", "predict_into ns", "C ns", "Rust ns", "C ratio", "Rust ratio");
    for configuration in CONFIGURATIONS.iter().filter(|configuration| NAMES.contains(&configuration.name)) {
        let (network, inputs) = (configuration.network(), configuration.inputs(1));
        let mut programs = [c_program, rust_program].map(|build| Program::start(&build(&folder, &network, &inputs)));
        let outputs = network.predict(&inputs).expect("finite numbers");
        let mut here = Here { network, inputs, outputs: outputs.clone(), scratch: Scratch::default() };
        for program in &mut programs {
            program.check(&outputs);
        }
        let calls = [
            calls_of_a_round(|calls| here.time(calls)),
            calls_of_a_round(|calls| programs[0].time(calls)),
            calls_of_a_round(|calls| programs[1].time(calls)),
        ];
        let rounds: Vec<[f64; 3]> = (0..ROUNDS)
            .map(|_| [here.time(calls[0]), programs[0].time(calls[1]), programs[1].time(calls[2])])
            .collect();
        let time = |which: usize| median(rounds.iter().map(|round| round[which]));
        let ratio = |which: usize| median(rounds.iter().map(|round| round[which] / round[0]));
        println!(
            "{:10}{:>16.1}{:>10.1}{:>10.1}{:>12.3}{:>12.3}",
            configuration.name,
            time(0),
            time(1),
            time(2),
            ratio(1),
            ratio(2)
        );
    }
    let _ = std::fs::remove_dir_all(&folder);
}

/// This crate, as a program would call it.
struct Here {
    network: Network<f32>,
    inputs: Array2<f32>,
    outputs: Array2<f32>,
    scratch: Scratch<f32>,
}

impl Here {
    /// Returns the nanoseconds of one call.
    fn time(&mut self, calls: u64) -> f64 {
        let start = Instant::now();
        for _ in 0..calls {
            let inputs = black_box(&self.inputs);
            self.network.predict_into(inputs, &mut self.scratch, &mut self.outputs).expect("inputs that fit");
            black_box(&self.outputs);
        }
        start.elapsed().as_nanos() as f64 / calls as f64
    }
}

/// A program that answers a number of calls by the nanoseconds of one.
struct Program {
    child: Child,
    answers: BufReader<std::process::ChildStdout>,
    outputs: Vec<f32>,
}

impl Program {
    fn start(path: &Path) -> Self {
        let child = Command::new(path).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.expect("the program runs");
        let answers = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut program = Self { child, answers, outputs: Vec::new() };
        program.outputs = program.answer().split_whitespace().map(|word| word.parse().expect("a number")).collect();
        program
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("an answer");
        line
    }

    fn time(&mut self, calls: u64) -> f64 {
        writeln!(self.child.stdin.as_mut().expect("a pipe"), "{calls}").expect("the program listens");
        self.answer().trim().parse().expect("nanoseconds")
    }

    /// Panics if the program does not compute what is measured here.
    fn check(&self, outputs: &Array2<f32>) {
        let close = |(found, expected): (&f32, &f32)| (found - expected).abs() <= 1e-5 * expected.abs().max(1.0);
        assert!(self.outputs.iter().zip(outputs).all(close), "{:?} is not {outputs}", self.outputs);
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// Returns how many calls take as long as a round.
fn calls_of_a_round(mut time: impl FnMut(u64) -> f64) -> u64 {
    time(10_000);
    (ROUND.as_nanos() as f64 / time(10_000)).ceil() as u64
}

fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = numbers.collect();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

fn run(command: &mut Command) {
    let status = command.status().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(status.success(), "{command:?}");
}

fn list(inputs: &Array2<f32>) -> String {
    inputs.iter().fold(String::new(), |mut list, number| {
        let _ = write!(list, "{number:?}, ");
        list
    })
}

fn c_program(folder: &Path, network: &Network<f32>, inputs: &Array2<f32>) -> PathBuf {
    let (size, outputs) = (network.input_size(), network.output_size());
    let main = format!(
        "#define _POSIX_C_SOURCE 199309L
#include <stdio.h>
#include <time.h>

void net(const float input[{size}], float output[{outputs}]);

int main(void)
{{
    /* Volatile, so that the function is called each time. */
    void (*volatile call)(const float *, float *) = net;
    static float input[] = {{{}}};
    static float output[{outputs}];
    long calls;

    call(input, output);
    for (int k = 0; k < {outputs}; k++) {{
        printf(\"%.9g \", (double)output[k]);
    }}
    for (printf(\"\\n\"), fflush(stdout); scanf(\"%ld\", &calls) == 1; fflush(stdout)) {{
        struct timespec start, end;
        clock_gettime(CLOCK_MONOTONIC, &start);
        for (long k = 0; k < calls; k++) {{
            call(input, output);
        }}
        clock_gettime(CLOCK_MONOTONIC, &end);
        printf(\"%.6f\\n\", ((double)(end.tv_sec - start.tv_sec) * 1e9 + (double)(end.tv_nsec - start.tv_nsec)) / (double)calls);
    }}
    return 0;
}}
",
        list(inputs)
    );
    let [source, main_file, program] = ["net.c", "main.c", "c_program"].map(|name| folder.join(name));
    std::fs::write(&source, network.to_c99("net").expect("layers of the crate")).expect("the folder can be written");
    std::fs::write(&main_file, main).expect("the folder can be written");
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let options = ["-std=c99", "-O3", "-march=native", "-o"];
    run(Command::new(compiler).args(options).arg(&program).arg(&source).arg(&main_file));
    program
}

fn rust_program(folder: &Path, network: &Network<f32>, inputs: &Array2<f32>) -> PathBuf {
    let main = format!(
        "mod net;

use std::hint::black_box;

fn main() {{
    let input = [{}];
    println!(\"{{}}\", net::net(&input).iter().map(|y| format!(\"{{y}} \")).collect::<String>());
    for line in std::io::stdin().lines() {{
        let calls: u64 = line.unwrap().parse().unwrap();
        let start = std::time::Instant::now();
        for _ in 0..calls {{
            black_box(net::net(black_box(&input)));
        }}
        println!(\"{{}}\", start.elapsed().as_nanos() as f64 / calls as f64);
    }}
}}
",
        list(inputs)
    );
    let [source, main_file, program] = ["net.rs", "main.rs", "rust_program"].map(|name| folder.join(name));
    std::fs::write(&source, network.to_rust("net").expect("layers of the crate")).expect("the folder can be written");
    std::fs::write(&main_file, main).expect("the folder can be written");
    let compiler = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let options = ["--edition=2024", "-Copt-level=3", "-Ctarget-cpu=native", "-o"];
    run(Command::new(compiler).args(options).arg(&program).arg(&main_file));
    program
}
