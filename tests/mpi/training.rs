//! Training on ranks that are processes: the same bits for any number of them, and after a rank was killed.

use super::{mpirun, run};
use std::path::PathBuf;
use std::process::Command;

/// A folder for checkpoints, empty at first, and gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("feedforward-mpi-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }

    fn clear(&self) {
        let _ = std::fs::remove_file(self.0.join("run.safetensors"));
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Returns what each rank says of its weights and history, which must be the same.
fn outcome(text: &str, ranks: usize) -> String {
    let said = text.lines().filter_map(|line| line.split_once(": weights ")).map(|(_, said)| said);
    let said: Vec<_> = said.collect();
    assert!(said.len() == ranks && said.iter().all(|one| *one == said[0]), "{text}");
    said[0].to_owned()
}

#[test]
fn processes_and_a_program_alone_end_with_the_same_bits() {
    let folder = Folder::new("bits");
    let mut command = Command::new(env!("CARGO_BIN_EXE_rank"));
    command.args(["train", folder.path()]);
    let alone = outcome(&run(command).text, 1);
    let tcp = ["--mca", "btl", "tcp,self"];
    for (ranks, options) in [(2, &[][..]), (3, &[]), (4, &[]), (2, &tcp)] {
        folder.clear();
        let ended = mpirun(ranks, options, &["train", folder.path()]);
        assert!(ended.is_well, "{}", ended.text);
        assert_eq!(outcome(&ended.text, ranks), alone, "{ranks} ranks, {options:?}");
    }
}

#[test]
fn a_run_whose_rank_was_killed_ends_with_the_bits_of_one_that_was_not() {
    let folder = Folder::new("killed");
    let straight = outcome(&mpirun(2, &[], &["train", folder.path()]).text, 2);
    for (ranks, killed, steps, after) in [(2, "1", "3", 4), (3, "0", "14", 1)] {
        folder.clear();
        let ended = mpirun(ranks, &[], &["train", folder.path(), killed, steps]);
        assert!(!ended.is_well && ended.text.contains(&format!("process rank {killed} ")), "{}", ended.text);
        assert!(folder.0.join("run.safetensors").exists(), "no checkpoint: {}", ended.text);
        let ended = mpirun(after, &[], &["train", folder.path()]);
        assert!(ended.is_well, "{}", ended.text);
        assert_eq!(outcome(&ended.text, after), straight);
    }
}

#[test]
fn an_error_of_a_fit_ends_all_ranks_and_says_which_one_it_comes_from() {
    // Only one rank can read its data.
    let ended = mpirun(3, &[], &["train", "/proc/nowhere"]);
    assert!(!ended.is_well, "{}", ended.text);
    assert!(ended.text.contains("rank: 0, problem: \"/proc/nowhere"), "{}", ended.text);
}
