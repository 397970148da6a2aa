//! Reads mutations of valid files with every reader, and prints what they took.
//!
//!     cargo run --release -p feedforward-tests --all-features --bin hostile -- --mutations 1000000
//!
//! `--reader npz` tries one reader alone, `--seed 7` other mutations, `--only 1234` a single one. The program ends with
//! an error at the first panic, the first `Ok` that is not finite, and the first file that takes more than 2.5 times
//! its result plus 1 MiB.

#[allow(dead_code, reason = "the tests use the rest")]
mod attack;
#[path = "../memory/counting.rs"]
#[allow(dead_code, reason = "the tests use the rest")]
mod counting;

use std::time::Instant;

fn main() {
    let (mut mutations, mut seed, mut only, mut reader) = (100_000, 1, None, None);
    let mut arguments = std::env::args().skip(1);
    while let Some(option) = arguments.next() {
        let value = arguments.next().unwrap_or_else(|| panic!("{option}: expected a value after it, found none"));
        let number = || value.parse::<u64>().unwrap_or_else(|_| panic!("{option}: expected a number, found {value}"));
        match option.as_str() {
            "--mutations" => mutations = number(),
            "--seed" => seed = number(),
            "--only" => only = Some(number()),
            "--reader" => reader = Some(value.clone()),
            _ => panic!("expected --mutations, --seed, --only or --reader, found {option}"),
        }
    }
    let range = only.map_or(0..mutations, |index| index..index + 1);
    println!(
        "| reader | mutations | Ok | Err | longest, ms | peak of Ok, KiB | of Err, KiB | (peak - 1 MiB) / result | peak / file | s |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for &format in attack::FORMATS {
        if reader.as_ref().is_some_and(|reader| reader != format) {
            continue;
        }
        let start = Instant::now();
        let attack::Report { read, refused, longest, peaks: [ok, err], ratio, file_ratio } =
            attack::attack(format, seed, range.clone());
        let (count, seconds) = (read + refused, start.elapsed().as_secs());
        let (ok, err) = (ok >> 10, err >> 10);
        println!(
            "| {format} | {count} | {read} | {refused} | {longest:.1} | {ok} | {err} | {ratio:.2} | {file_ratio:.1} | {seconds} |"
        );
    }
}
