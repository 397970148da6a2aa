//! Ranks that are processes, started by `mpirun`: what they compute, and how they end when one of them fails.

mod training;

use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// What a program has printed, and whether it ended well.
struct Ended {
    text: String,
    is_well: bool,
}

/// Ranks that compete for the processors with those of other tests look as if they hung.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Runs a program to its end, both outputs together; kills it and panics when it hangs.
fn run(mut command: Command) -> Ended {
    // A test that has failed leaves the lock in order.
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let (mut output, writer) = std::io::pipe().unwrap();
    // All processes that it starts are a group, to be killed together.
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.stdin(Stdio::null()).stdout(writer.try_clone().unwrap()).stderr(writer);
    let mut child = command.spawn().unwrap();
    // The command holds the ends of the pipe to write to.
    drop(command);
    let (tell, told) = channel();
    let reader = thread::spawn(move || {
        let mut text = Vec::new();
        output.read_to_end(&mut text).unwrap();
        // Nobody listens after the limit.
        let _ = tell.send(());
        String::from_utf8_lossy(&text).into_owned()
    });
    let hangs = told.recv_timeout(Duration::from_secs(30)).is_err();
    if hangs {
        Command::new("kill").args(["-9", &format!("-{}", child.id())]).status().unwrap();
    }
    let is_well = child.wait().unwrap().success();
    let text = reader.join().unwrap();
    assert!(!hangs, "hangs after:\n{text}");
    Ended { text, is_well }
}

fn mpirun(ranks: usize, options: &[&str], arguments: &[&str]) -> Ended {
    let mut command = Command::new("mpirun");
    command.env("OMPI_ALLOW_RUN_AS_ROOT", "1").env("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1");
    command.env("OMPI_MCA_rmaps_base_oversubscribe", "1").env("RUST_BACKTRACE", "0");
    command.args(["-n", &ranks.to_string()]).args(options).arg(env!("CARGO_BIN_EXE_rank")).args(arguments);
    run(command)
}

fn ends_well(ranks: usize, options: &[&str], arguments: &[&str]) {
    let ended = mpirun(ranks, options, arguments);
    assert!(ended.is_well, "{}", ended.text);
    for rank in 0..ranks {
        assert!(ended.text.contains(&format!("rank {rank} ended well")), "{}", ended.text);
    }
}

/// Runs ranks that must fail; the text of the failing rank's fault must be printed.
fn ends_badly(ranks: usize, arguments: &[&str], expected: &str) -> String {
    let ended = mpirun(ranks, &[], arguments);
    assert!(!ended.is_well, "{arguments:?}, {ranks} ranks: {}", ended.text);
    assert!(ended.text.contains(expected), "{arguments:?}, {ranks} ranks: no {expected:?} in {}", ended.text);
    ended.text
}

#[test]
fn collective_operations_agree_with_those_of_threads() {
    for ranks in 1..=4 {
        ends_well(ranks, &[], &["collectives"]);
    }
    ends_well(3, &["--mca", "btl", "tcp,self"], &["collectives"]);
}

#[test]
fn a_program_without_mpirun_is_the_one_rank() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rank"));
    command.arg("collectives");
    let ended = run(command);
    assert!(ended.is_well && ended.text.contains("rank 0 ended well"), "{}", ended.text);
}

#[test]
fn what_mpi_cannot_do_is_refused() {
    ends_well(1, &[], &["refusals"]);
    ends_well(2, &[], &["refusals"]);
}

#[test]
fn ranks_may_end_one_after_another() {
    ends_well(4, &[], &["uneven"]);
}

#[test]
fn a_rank_that_panics_ends_all_and_is_named() {
    for (ranks, failing) in [(2, "0"), (4, "2")] {
        let text = ends_badly(ranks, &["panic", failing], &format!("rank {failing}: panicked: all ranks end"));
        assert!(text.contains("out of paper"), "{text}");
    }
}

#[test]
fn a_rank_with_an_error_ends_all_and_is_named() {
    for (ranks, failing) in [(2, "1"), (4, "2")] {
        let named = format!("rank {failing}: ended while others waited for it: all ranks end");
        let text = ends_badly(ranks, &["error", failing], &named);
        // mpirun kills the others as soon as one has ended badly: it is the one that is the cause.
        assert!(text.contains("Error: Empty { operation: \"Dataset::new\", what: \"row\" }"), "{text}");
    }
}

#[test]
fn a_rank_that_leaves_early_is_named_by_itself_and_by_those_that_wait() {
    for (mode, ranks, failing) in [("early", 2, 0), ("early", 4, 3), ("sum-early", 3, 0), ("sum-early", 4, 2)] {
        let named = format!("rank {failing}: ended while others waited for it: all ranks end");
        let text = ends_badly(ranks, &[mode, &failing.to_string()], &named);
        let found = format!("Error: Rank {{ rank: {failing}, problem: \"ended while this rank waited for it\" }}");
        assert!(text.contains(&found), "{text}");
    }
}

#[test]
fn a_rank_that_exits_ends_all_and_is_named() {
    ends_badly(3, &["exit", "1"], "rank 1: ended while others waited for it: all ranks end");
}

#[test]
fn a_rank_that_is_killed_ends_all_and_is_named() {
    for (ranks, failing) in [(2, "0"), (4, "2")] {
        let text = ends_badly(ranks, &["kill", failing], "exited on signal 9 (Killed)");
        assert!(text.contains(&format!("process rank {failing} ")), "{text}");
    }
}

#[test]
fn a_rank_that_hangs_ends_all_and_is_named() {
    for (ranks, failing) in [(2, "1"), (4, "0")] {
        ends_badly(ranks, &["hang", failing], &format!("rank {failing}: has not answered for 1s: all ranks end"));
    }
}

#[test]
fn a_rank_that_fails_in_a_sum_of_mpi_ends_all_and_is_named() {
    ends_badly(4, &["sum-panic", "1"], "rank 1: panicked: all ranks end");
    ends_badly(4, &["sum-hang", "1"], "rank 1: has not answered for 1s: all ranks end");
}

#[test]
fn a_large_message_to_a_rank_that_fails_does_not_keep_its_sender() {
    let text = ends_badly(2, &["large-early", "1"], "rank 1 ended well");
    assert!(text.contains("Error: Rank { rank: 1, problem: \"ended while this rank waited for it\" }"), "{text}");
    ends_badly(2, &["large-hang", "1"], "rank 1: has not answered for 1s: all ranks end");
}

#[test]
fn ranks_that_wait_for_each_other_are_told() {
    for ranks in [2, 4] {
        ends_badly(ranks, &["circle"], "waits, in a circle of ranks that wait for each other");
    }
}

#[test]
fn a_message_of_another_length_is_an_error() {
    ends_badly(3, &["lengths"], "Error: Rank { rank: 0, problem: \"sent 3 bytes where rank 1 expected 8\" }");
}
