//! Ranks: collective operations beside naive ones, and ranks that fail.

use feedforward::Error;
use feedforward::distributed::{Alone, Communicator, Reduction, Threads, started_by_mpirun};
use feedforward::error::Result;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::process::Command;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

/// Returns a message of this rank for another one, from 0 to some 1000 bytes.
fn message(from: usize, to: usize) -> Vec<u8> {
    let mut random = ChaCha8Rng::seed_from_u64((100 * from + to) as u64);
    let length = if (from + to).is_multiple_of(3) { 0 } else { random.random_range(1..1000) };
    (0..length).map(|_| random.random()).collect()
}

#[test]
fn bytes_are_broadcast_gathered_and_exchanged_between_any_number_of_ranks() {
    for size in 1..=17 {
        let done = Threads::run(size, |communicator| {
            let rank = communicator.rank();
            assert_eq!(communicator.size(), size);
            for root in 0..size {
                let mut bytes = message(rank, root);
                communicator.broadcast(&mut bytes, root)?;
                assert_eq!(bytes, message(root, root), "size {size}, root {root}, rank {rank}");
            }
            let gathered: Vec<_> = (0..size).map(|other| message(other, 50)).collect();
            assert_eq!(communicator.all_gather(&message(rank, 50))?, gathered, "size {size}, rank {rank}");
            let received: Vec<_> = (0..size).map(|from| message(from, rank)).collect();
            let sent = (0..size).map(|to| message(rank, to)).collect();
            assert_eq!(communicator.all_to_all(sent)?, received, "size {size}, rank {rank}");
            communicator.barrier()?;
            Ok(rank)
        });
        assert_eq!(done.unwrap(), Vec::from_iter(0..size));
    }
}

#[test]
fn sums_over_ranks_have_the_same_bits_on_all_of_them() {
    for size in 1..=9 {
        for length in [0, 1, 7, 5000] {
            let number = |rank: usize, index: usize| ((rank * 31 + index * 17) % 101) as f64 / 7.0 - 5.0;
            let sums = Threads::run(size, |communicator| {
                let mut double: Vec<_> = (0..length).map(|index| number(communicator.rank(), index)).collect();
                let mut single: Vec<_> = double.iter().map(|&value| value as f32).collect();
                communicator.all_reduce_sum_f64(&mut double)?;
                communicator.all_reduce_sum_f32(&mut single)?;
                Ok((double, single))
            });
            let sums = sums.unwrap();
            for (double, single) in &sums {
                for index in 0..length {
                    let expected: f64 = (0..size).map(|rank| number(rank, index)).sum();
                    let magnitude: f64 = (0..size).map(|rank| number(rank, index).abs()).sum();
                    assert!((double[index] - expected).abs() <= 1e-15 * magnitude * size as f64);
                    assert!((f64::from(single[index]) - expected).abs() <= 1e-7 * magnitude * size as f64);
                }
                assert_eq!((double, single), (&sums[0].0, &sums[0].1), "ranks differ");
            }
        }
    }
}

#[test]
fn no_rank_passes_a_barrier_before_the_last_one_has_come() {
    for size in 1..=9 {
        let arrived = Mutex::new(0);
        Threads::run(size, |communicator| {
            for round in 1..=20 {
                *arrived.lock().unwrap() += 1;
                communicator.barrier()?;
                assert!(*arrived.lock().unwrap() >= round * size);
                communicator.barrier()?;
            }
            Ok(())
        })
        .unwrap();
    }
}

#[test]
fn messages_arrive_in_order_while_others_are_on_their_way() {
    Threads::run(3, |communicator| {
        let rank = communicator.rank();
        for to in (0..3).filter(|&to| to != rank) {
            for number in 0..100 {
                communicator.send_receive(Some((&[number, rank as u8], to)), None)?;
            }
        }
        for number in 0..100 {
            for from in (0..3).filter(|&from| from != rank) {
                let mut received = [0; 2];
                communicator.send_receive(None, Some((&mut received, from)))?;
                assert_eq!(received, [number, from as u8]);
            }
        }
        Ok(())
    })
    .unwrap();
}

#[test]
fn one_rank_needs_no_others() {
    let mut bytes = vec![1, 2];
    Alone.broadcast(&mut bytes, 0).unwrap();
    assert_eq!(Alone.all_gather(&bytes).unwrap(), [vec![1, 2]]);
    assert_eq!(Alone.all_to_all(vec![bytes.clone()]).unwrap(), [bytes]);
    let mut values = [1.5, -2.0];
    Alone.all_reduce_sum_f64(&mut values).unwrap();
    assert_eq!(values, [1.5, -2.0]);
    Alone.barrier().unwrap();
    Alone.send_receive(None, None).unwrap();
}

#[test]
fn what_a_communicator_cannot_do_is_refused() {
    let text = |outcome: Result<()>| outcome.unwrap_err().to_string();
    let refused = "Communicator::send_receive: expected another rank than this one, 0, of 1, found";
    assert_eq!(text(Alone.send_receive(Some((&[1], 0)), None)), format!("{refused} 0"));
    assert_eq!(text(Alone.send_receive(None, Some((&mut [1], 7)))), format!("{refused} 7"));
    let found = text(Alone.broadcast(&mut Vec::new(), 1));
    assert_eq!(found, "Communicator::broadcast: expected a rank below 1, found 1");
    let found = text(Alone.all_to_all(Vec::new()).map(drop));
    let expected = "Communicator::all_to_all: expected 1 row in the list of messages, one for each rank, found 0";
    assert_eq!(found, expected);
    Threads::run(2, |communicator| {
        let (rank, mut bytes) = (communicator.rank(), [0; 1]);
        let refused = format!("Communicator::send_receive: expected another rank than this one, {rank}, of 2, found");
        assert_eq!(text(communicator.send_receive(Some((&[1], rank)), None)), format!("{refused} {rank}"));
        assert_eq!(
            text(communicator.send_receive(None, Some((&mut bytes, usize::MAX)))),
            format!("{refused} {}", usize::MAX)
        );
        // Nothing has happened.
        communicator.barrier()
    })
    .unwrap();
    for ranks in [0, 1025, usize::MAX] {
        let found = text(Threads::run(ranks, |_| Ok(())).map(drop));
        assert_eq!(found, format!("Threads::run: expected 1 to 1024 ranks, found {ranks}"));
    }
    let found = text(Threads::run_with_timeout(2, Duration::ZERO, |_| Ok(())).map(drop));
    assert_eq!(found, "Threads::run_with_timeout: expected a timeout above zero, found 0ns");
    assert_eq!(Reduction::default(), Reduction::Deterministic);
}

/// Runs ranks that all wait for one that fails; returns the error of the run, and those of the other ranks.
fn run_with_a_failing_rank(size: usize, failing: usize, fail: impl Fn() -> Result<()> + Sync) -> (String, Vec<String>) {
    let others = Mutex::new(Vec::new());
    let run = Threads::run(size, |communicator| {
        communicator.barrier()?;
        if communicator.rank() == failing {
            return fail();
        }
        let mut outcome = communicator.barrier();
        if outcome.is_ok() {
            outcome = communicator.barrier();
        }
        let error = outcome.unwrap_err();
        // From now on each call fails, with the same error.
        let again = communicator.all_gather(b"again").unwrap_err();
        assert_eq!(again.to_string(), error.to_string());
        others.lock().unwrap().push(error.to_string());
        Err(error)
    });
    (run.unwrap_err().to_string(), others.into_inner().unwrap())
}

#[test]
fn a_rank_that_panics_ends_the_others_with_its_message() {
    for size in 2..=6 {
        for failing in 0..size {
            let (run, others) = run_with_a_failing_rank(size, failing, || panic!("the disk of {failing} is full"));
            let expected = format!("rank {failing}: panicked: the disk of {failing} is full");
            assert_eq!(run, expected);
            assert_eq!(others, vec![expected; size - 1]);
        }
    }
}

#[test]
fn a_rank_with_an_error_ends_the_others_and_is_the_error_of_the_run() {
    for size in 2..=6 {
        for failing in 0..size {
            let fail = || Err(Error::Empty { operation: "Dataset::new", what: "row" });
            let (run, others) = run_with_a_failing_rank(size, failing, fail);
            let own = "Dataset::new: expected at least one row, found 0";
            assert_eq!(run, own);
            assert_eq!(others, vec![format!("rank {failing}: ended with an error: {own}"); size - 1]);
        }
    }
}

#[test]
fn a_rank_that_leaves_early_is_named() {
    for size in 2..=6 {
        for failing in 0..size {
            let (run, others) = run_with_a_failing_rank(size, failing, || Ok(()));
            assert_eq!(run, format!("rank {failing}: ended"));
            assert_eq!(others, vec![run; size - 1]);
        }
    }
}

#[test]
fn an_error_inside_of_another_one_names_the_rank_that_is_the_cause() {
    // Rank 0 waits for 1, which waits for 2; rank 1 wraps the error that it gets.
    let run = Threads::run(3, |communicator| {
        let receive = |from| communicator.send_receive(None, Some((&mut [0], from)));
        match communicator.rank() {
            0 => {
                let error = receive(1).unwrap_err();
                assert_eq!(error.to_string(), "rank 2: panicked: out of paper");
                Err(error)
            }
            1 => receive(2).map_err(|error| Error::Diverged { epoch: 1, batch: 1, source: Box::new(error) }),
            _ => panic!("out of paper"),
        }
    });
    assert_eq!(run.unwrap_err().to_string(), "rank 2: panicked: out of paper");
}

/// Lets a rank hang until this many others have told what they found.
struct Hanging {
    tell: Sender<String>,
    told: Mutex<Receiver<String>>,
}

impl Hanging {
    fn new() -> Self {
        let (tell, told) = channel();
        Self { tell, told: Mutex::new(told) }
    }

    fn until_told(&self, count: usize) -> Vec<String> {
        let told = self.told.lock().unwrap();
        (0..count).map(|_| told.recv().unwrap()).collect()
    }
}

#[test]
fn a_rank_that_hangs_is_named_at_the_end_of_a_chain_of_waits() {
    let hanging = Hanging::new();
    let found = OnceLock::new();
    // Each rank waits for the next one, and the last one hangs.
    let run = Threads::run_with_timeout(5, Duration::from_millis(300), |communicator| {
        let rank = communicator.rank();
        if rank == 4 {
            found.set(hanging.until_told(4)).unwrap();
            return Ok(());
        }
        let error = communicator.send_receive(None, Some((&mut [0], rank + 1))).unwrap_err();
        hanging.tell.send(error.to_string()).unwrap();
        Err(error)
    });
    let expected = "rank 4: has not answered for 300ms";
    assert_eq!(run.unwrap_err().to_string(), expected);
    assert_eq!(found.into_inner().unwrap(), vec![expected; 4]);
}

#[test]
fn a_rank_that_hangs_in_the_midst_of_collective_operations_is_named() {
    for failing in 0..4 {
        let hanging = Hanging::new();
        // A rank that computes must not be taken for one that hangs, on a machine with much to do.
        let run = Threads::run_with_timeout(4, Duration::from_millis(300), |communicator| {
            communicator.barrier()?;
            if communicator.rank() == failing {
                hanging.until_told(3);
                return Ok(());
            }
            let error = communicator.all_gather(b"x").unwrap_err();
            hanging.tell.send(error.to_string()).unwrap();
            Err(error)
        });
        assert_eq!(run.unwrap_err().to_string(), format!("rank {failing}: has not answered for 300ms"));
    }
}

#[test]
fn ranks_that_wait_for_each_other_end_without_a_timeout() {
    let run = Threads::run(3, |communicator| {
        let next = (communicator.rank() + 1) % 3;
        communicator.send_receive(None, Some((&mut [0], next)))
    });
    let found = run.unwrap_err().to_string();
    let circles = [
        "rank 0: waits in a circle: 2 -> 0 -> 1 -> 2",
        "rank 1: waits in a circle: 0 -> 1 -> 2 -> 0",
        "rank 2: waits in a circle: 1 -> 2 -> 0 -> 1",
    ];
    assert!(circles.contains(&&*found), "{found}");
}

#[test]
fn ranks_that_do_different_things_are_told() {
    let run = Threads::run(2, |communicator| match communicator.rank() {
        0 => communicator.send_receive(Some((&[1, 2, 3], 1)), None),
        _ => communicator.send_receive(None, Some((&mut [0; 8], 0))),
    });
    assert_eq!(run.unwrap_err().to_string(), "rank 0: sent 3 bytes where rank 1 expected 8");
}

/// What it prints is read by the test below, which sets the environment of a process that runs this test alone.
#[test]
fn prints_what_the_environment_says() {
    println!("started by mpirun: {:?}", started_by_mpirun());
    #[cfg(not(feature = "mpi"))]
    match feedforward::distributed::connect() {
        Ok(communicator) => println!("connected: rank {} of {}", communicator.rank(), communicator.size()),
        Err(error) => println!("refused: {error}"),
    }
}

#[test]
fn a_program_without_mpi_is_refused_on_several_ranks() {
    let prints = |variable: Option<(&str, &str)>| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        for name in ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE", "SLURM_STEP_NUM_TASKS"] {
            command.env_remove(name);
        }
        command.args(["--exact", "--nocapture", "distributed::prints_what_the_environment_says"]).envs(variable);
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    let expect = |variable: Option<(&str, &str)>, started: &str, connected: &str| {
        let text = prints(variable);
        assert!(text.contains(&format!("started by mpirun: {started}\n")), "{variable:?}: {text}");
        assert!(cfg!(feature = "mpi") || text.contains(connected), "{variable:?}: {text}");
    };
    let alone = "connected: rank 0 of 1\n";
    expect(None, "None", alone);
    expect(Some(("OMPI_COMM_WORLD_SIZE", "1")), "Some(1)", alone);
    expect(Some(("PMI_SIZE", "not a number")), "None", alone);
    // A batch script of Slurm starts a program once.
    expect(Some(("SLURM_NTASKS", "4")), "None", alone);
    let refused = "refused: distributed::connect: expected a program that is built with feedforward's feature `mpi`, \
                   found one without, started on 4 ranks\n";
    for name in ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE", "SLURM_STEP_NUM_TASKS"] {
        expect(Some((name, "4")), "Some(4)", refused);
    }
}
