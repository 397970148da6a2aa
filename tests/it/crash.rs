//! Processes that are killed while they save or train: files stay whole, and training goes on to the same bits.

use crate::resume::Folder;
use feedforward::Network;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};

fn start(mode: &str, path: &Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_child"));
    command.arg(mode).arg(path).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap()
}

/// Waits for this many pieces of work, spins for a moment, and kills the process with SIGKILL.
fn kill_after(mut child: Child, pieces: usize, spins: u32) {
    let mut ticks = vec![0; pieces];
    child.stdout.as_mut().unwrap().read_exact(&mut ticks).unwrap();
    (0..spins).for_each(|spin| {
        std::hint::black_box(spin);
    });
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_killed_process_leaves_a_whole_file_and_no_litter_after_the_next_save() {
    let folder = Folder::new("crash-save");
    let path = folder.0.join("model.safetensors");
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let expected = [1, 2].map(|seed| {
        let builder = Network::<f32>::builder(100).dense(200, feedforward::Relu).dense(30, feedforward::Identity);
        builder.seed(seed).build().unwrap()
    });
    let mut littered = 0;
    for _ in 0..200 {
        kill_after(start("save", &path), random.random_range(1..4), random.random_range(0..1_000_000));
        let found = Network::<f32>::load(&path).unwrap();
        assert!(expected.contains(&found), "neither the old file nor the new one");
        littered += usize::from(std::fs::read_dir(&folder.0).unwrap().count() > 1);
    }
    assert!(littered > 0, "no process was killed within a save");
    expected[0].save(&path).unwrap();
    let left: Vec<_> = std::fs::read_dir(&folder.0).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["model.safetensors"]);
}

#[test]
fn training_that_is_killed_fifty_times_ends_with_the_same_bits() {
    let folder = Folder::new("crash-train");
    let (straight, killed) = (folder.0.join("straight"), folder.0.join("killed"));
    let mut random = ChaCha8Rng::seed_from_u64(2);
    let run_to_its_end = |path: &Path| {
        let output = start("train", path).wait_with_output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().last().unwrap().to_owned()
    };
    for _ in 0..50 {
        kill_after(start("train", &killed), random.random_range(1..10), random.random_range(0..1_000_000));
    }
    let resumed = run_to_its_end(&killed);
    assert!(resumed.starts_with("ended ["), "{resumed}");
    assert_eq!(resumed, run_to_its_end(&straight));
}
