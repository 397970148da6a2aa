//! A rank to be run by `mpirun`: it checks the communicator, or fails in one of many ways. See `tests/mpi/main.rs`.

mod training;

use feedforward::Error;
use feedforward::distributed::{Communicator, Mpi, Threads};
use feedforward::error::Result;
use std::io::Write;
use std::process::{Command, ExitCode};
use std::time::Duration;

fn main() -> ExitCode {
    let Err(error) = run() else { return ExitCode::SUCCESS };
    // In one piece, as mpirun puts the lines of all ranks together.
    std::io::stderr().write_all(format!("Error: {error:?}\n").as_bytes()).unwrap();
    ExitCode::FAILURE
}

fn run() -> Result<()> {
    let arguments: Vec<_> = std::env::args().collect();
    let failing = || arguments[2].parse::<usize>().unwrap();
    let communicator = Mpi::new()?.timeout(Duration::from_secs(1));
    match &*arguments[1] {
        "collectives" => check_collectives(&communicator)?,
        "refusals" => check_refusals(&communicator),
        "uneven" => leave_one_after_another(&communicator)?,
        "panic" => fail(&communicator, failing(), &|| panic!("out of paper"))?,
        "error" => {
            fail(&communicator, failing(), &|| Err(Error::Empty { operation: "Dataset::new", what: "row" }))?;
        }
        "exit" => fail(&communicator, failing(), &|| std::process::exit(3))?,
        "early" => fail(&communicator, failing(), &|| Ok(()))?,
        "kill" => fail(&communicator, failing(), &kill)?,
        "hang" => fail(&communicator, failing(), &hang)?,
        "sum-early" => fail_in_a_sum(&communicator, failing(), &|| Ok(()))?,
        "sum-panic" => fail_in_a_sum(&communicator, failing(), &|| panic!("out of paper"))?,
        "sum-hang" => fail_in_a_sum(&communicator, failing(), &hang)?,
        "large-early" => fail_with_a_large_message(&communicator, failing(), &|| Ok(()))?,
        "large-hang" => fail_with_a_large_message(&communicator, failing(), &hang)?,
        "work" => work(&communicator, &|| communicator.all_gather(b"a step").map(drop))?,
        "sum" => work(&communicator, &|| communicator.all_reduce_sum_f64(&mut [1.0; 10_000]))?,
        "circle" => wait_in_a_circle(&communicator)?,
        "lengths" => send_another_length(&communicator)?,
        "train" => {
            let killed = arguments.get(3).map(|rank| (rank.parse().unwrap(), arguments[4].parse().unwrap()));
            // Building and loading take longer than a second on a busy machine.
            let communicator = communicator.timeout(Duration::from_secs(60));
            training::train(&communicator, arguments[2].as_ref(), killed)?;
            return Ok(());
        }
        mode => panic!("unknown mode {mode}"),
    }
    println!("rank {} ended well", communicator.rank());
    Ok(())
}

/// Numbers and lengths that differ between ranks.
fn bytes_of(rank: usize, length: usize) -> Vec<u8> {
    (0..length).map(|index| (index * 7 + rank * 13) as u8).collect()
}

/// Compares each collective operation with what threads do.
fn check_collectives(communicator: &dyn Communicator) -> Result<()> {
    let (rank, size) = (communicator.rank(), communicator.size());
    let threads = Threads::run(size, |threads| collect(threads))?;
    assert_eq!(collect(communicator)?, threads[rank]);
    // Whole numbers have the same sum in any order.
    for length in [0, 1, 1000, 300_000] {
        let mut double: Vec<_> = (0..length).map(|index| (index % 100 + rank) as f64).collect();
        let mut single: Vec<_> = double.iter().map(|&value| value as f32).collect();
        communicator.all_reduce_sum_f64(&mut double)?;
        communicator.all_reduce_sum_f32(&mut single)?;
        for index in 0..length {
            let expected = (0..size).map(|rank| index % 100 + rank).sum::<usize>() as f64;
            assert_eq!((double[index], f64::from(single[index])), (expected, expected));
        }
    }
    Ok(())
}

fn collect(communicator: &dyn Communicator) -> Result<Vec<Vec<u8>>> {
    let (rank, size) = (communicator.rank(), communicator.size());
    let mut all = Vec::new();
    for length in [0, 10, 5000, 300_000] {
        for root in 0..size {
            let mut bytes = bytes_of(rank, length + rank);
            communicator.broadcast(&mut bytes, root)?;
            all.push(bytes);
        }
        all.extend(communicator.all_gather(&bytes_of(rank, length * (rank + 1)))?);
        all.extend(communicator.all_to_all((0..size).map(|to| bytes_of(rank + to, length + to)).collect())?);
        communicator.barrier()?;
    }
    Ok(all)
}

fn check_refusals(communicator: &Mpi) {
    let text = |outcome: Result<()>| outcome.unwrap_err().to_string();
    let (rank, size) = (communicator.rank(), communicator.size());
    let refused = format!("Communicator::send_receive: expected another rank than this one, {rank}, of {size}, found");
    assert_eq!(text(communicator.send_receive(Some((&[1], rank)), None)), format!("{refused} {rank}"));
    assert_eq!(text(communicator.send_receive(None, Some((&mut [1], size)))), format!("{refused} {size}"));
    assert_eq!(
        text(Mpi::new().map(drop)),
        "Mpi::new: expected the first and only use of MPI in the process, found MPI that has been initialized before"
    );
    std::thread::scope(|scope| {
        let other = std::thread::Builder::new().name("other".to_owned());
        let thread = other.spawn_scoped(scope, || text(communicator.send_receive(None, None)));
        let expected = "expected a call on the thread that called Mpi::new, as MPI allows no other";
        let found = thread.unwrap().join().unwrap();
        assert_eq!(found, format!("Communicator::send_receive: {expected}, found one on thread other"));
    });
    // Nothing has happened.
    communicator.barrier().unwrap();
}

/// Each rank sends a message to the next one, and is gone.
fn leave_one_after_another(communicator: &dyn Communicator) -> Result<()> {
    let (rank, size) = (communicator.rank(), communicator.size());
    let mut bytes = vec![7; 100_000];
    if rank > 0 {
        communicator.send_receive(None, Some((&mut bytes, rank - 1)))?;
    }
    if rank + 1 < size {
        communicator.send_receive(Some((&bytes, rank + 1)), None)?;
    }
    Ok(())
}

/// Fails on one rank, while the others wait for it.
fn fail(communicator: &dyn Communicator, failing: usize, how: &dyn Fn() -> Result<()>) -> Result<()> {
    for _ in 0..100 {
        communicator.all_gather(b"some steps")?;
    }
    if communicator.rank() == failing {
        return how();
    }
    loop {
        communicator.all_gather(b"further steps")?;
    }
}

fn fail_in_a_sum(communicator: &dyn Communicator, failing: usize, how: &dyn Fn() -> Result<()>) -> Result<()> {
    let mut values = vec![1.0; 100_000];
    for _ in 0..10 {
        communicator.all_reduce_sum_f64(&mut values)?;
    }
    if communicator.rank() == failing {
        return how();
    }
    loop {
        communicator.all_reduce_sum_f64(&mut values)?;
    }
}

/// Fails while another rank is about to send it more than MPI takes at once.
fn fail_with_a_large_message(
    communicator: &dyn Communicator,
    failing: usize,
    how: &dyn Fn() -> Result<()>,
) -> Result<()> {
    communicator.barrier()?;
    if communicator.rank() == failing {
        return how();
    }
    let bytes = vec![1; 10_000_000];
    communicator.send_receive(Some((&bytes, failing)), None)?;
    communicator.barrier()
}

/// Works until something happens to the others: see `benches/scale/hosts.sh`.
fn work(communicator: &dyn Communicator, step: &dyn Fn() -> Result<()>) -> Result<()> {
    (0..100).try_for_each(|_| step())?;
    println!("rank {} works", communicator.rank());
    loop {
        step()?;
    }
}

fn wait_in_a_circle(communicator: &dyn Communicator) -> Result<()> {
    let next = (communicator.rank() + 1) % communicator.size();
    communicator.send_receive(None, Some((&mut [0], next)))
}

fn send_another_length(communicator: &dyn Communicator) -> Result<()> {
    match communicator.rank() {
        0 => communicator.send_receive(Some((&[1, 2, 3], 1)), None)?,
        1 => communicator.send_receive(None, Some((&mut [0; 8], 0)))?,
        _ => {}
    }
    communicator.barrier()
}

/// Ends this process as if it had run out of memory.
fn kill() -> Result<()> {
    Command::new("kill").args(["-9", &std::process::id().to_string()]).status().unwrap();
    hang()
}

fn hang() -> Result<()> {
    loop {
        std::thread::park();
    }
}
