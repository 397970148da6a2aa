//! Reads a table of text once, and prints rows, columns, seconds, seconds of the processor, and the most memory that
//! the process took, in MiB.
//!
//!     cargo run --release -p feedforward-benches --bin read_tables -- numbers.csv
//!
//! `read_tables.py` beside this file makes tables and compares with pandas and polars.

use feedforward::data::Csv;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("expected the path of a table, found none")?;
    let (start, cpu) = (Instant::now(), cpu_seconds());
    let table = Csv::new().read_file(&path)?;
    let (seconds, cpu) = (start.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse::<f64>().ok());
    let peak = peak.unwrap_or(f64::NAN) / 1024.0;
    println!("{} {} {seconds:.3} {cpu:.3} {peak:.1}", table.rows(), table.columns().len());
    Ok(())
}

/// Returns the time that the processor has worked for this process: other programs do not count.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Behind the name: fields 14 and 15 of proc(5), in hundredths of a second.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    fields.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}
