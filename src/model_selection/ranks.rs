//! Shares the jobs of an evaluation out among ranks.

use super::evaluate::{FoldFailure, FoldResult, Receiver, Scorer, evaluate};
use super::folds::Fold;
use super::jobs::{run_in_order, threads};
use super::message::{Job, read, write};
use crate::distributed::Communicator;
use crate::estimator::{Estimator, Settings};
use crate::training::{Fnv, build, demand_same_parts};
use crate::{Error, Result};
use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};

/// Fits and scores each candidate on each fold, as [`evaluate`] does; job i of a wave runs on rank i % size.
///
/// The receiver is called on all ranks with the same results; that of rank 0 decides whether to end.
///
/// # Errors
/// Those of the communicator.
pub(super) fn evaluate_across<E: Estimator + ?Sized>(
    communicator: &dyn Communicator,
    estimator: &E,
    candidates: &[Settings],
    folds: &[Fold],
    scorer: &Scorer<'_>,
    receiver: &mut Receiver<'_>,
) -> Result<ControlFlow<()>> {
    if communicator.size() == 1 {
        return Ok(evaluate(estimator, candidates, folds, scorer, receiver));
    }
    let wave = candidates_per_wave(communicator, folds.len())?;
    for (index, candidates) in candidates.chunks(wave).enumerate() {
        let own = run_own_jobs(communicator, estimator, candidates, folds, scorer);
        let results = exchange(communicator, scorer.operation, own, candidates.len(), folds.len())?;
        let mut results = results.into_iter().enumerate();
        let mut hand_on = |(number, of_folds)| receiver(index * wave + number, scorer.join(of_folds));
        // How many candidates rank 0 has handed on, and whether that was the end.
        let (mut count, mut flow) = (0, ControlFlow::Continue(()));
        if communicator.rank() == 0 {
            while let (ControlFlow::Continue(()), Some(result)) = (flow, results.next()) {
                flow = hand_on(result);
                count += 1;
            }
        }
        let mut message = vec![u8::from(flow.is_break())];
        message.extend((count as u64).to_le_bytes());
        communicator.broadcast(&mut message, 0)?;
        if communicator.rank() != 0 {
            let (is_last, count) = message.split_first().unwrap_or((&0, &[]));
            let count = count.first_chunk().map_or(0, |count| u64::from_le_bytes(*count)) as usize;
            for result in results.take(count) {
                let _ = hand_on(result);
            }
            flow = if *is_last == 1 { ControlFlow::Break(()) } else { flow };
        }
        if flow.is_break() {
            return Ok(flow);
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// Returns how many candidates are evaluated before the ranks exchange results: two jobs for each of their threads.
fn candidates_per_wave(communicator: &dyn Communicator, folds: usize) -> Result<usize> {
    let all = communicator.all_gather(&(threads() as u64).to_le_bytes())?;
    let threads = all.iter().filter_map(|bytes| bytes.first_chunk()).map(|bytes| u64::from_le_bytes(*bytes) as usize);
    Ok((2 * threads.sum::<usize>()).div_ceil(folds).max(1))
}

/// Runs the jobs of this rank. A fold is left out where an earlier one of the candidate failed on this rank.
fn run_own_jobs<E: Estimator + ?Sized>(
    communicator: &dyn Communicator,
    estimator: &E,
    candidates: &[Settings],
    folds: &[Fold],
    scorer: &Scorer<'_>,
) -> Vec<Job> {
    let jobs: Vec<usize> =
        (0..candidates.len() * folds.len()).skip(communicator.rank()).step_by(communicator.size()).collect();
    let done: Mutex<Vec<Job>> = Mutex::default();
    let lock = || done.lock().unwrap_or_else(PoisonError::into_inner);
    run_in_order(jobs.len(), |index| {
        let job = jobs[index];
        let (candidate, fold) = (job / folds.len(), job % folds.len());
        let has_failed = |(other, result): &Job| other / folds.len() == candidate && matches!(result, Some(Err(_)));
        // The lock is not held during a fit, which may wait for the pool.
        let is_lost = lock().iter().any(has_failed);
        let fit = || scorer.fit_and_score(estimator, &candidates[candidate], &folds[fold]).map_err(FoldFailure::from);
        let result = (!is_lost).then(fit);
        lock().push((job, result));
    });
    done.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Gives all ranks what each fold of each candidate came to.
fn exchange(
    communicator: &dyn Communicator,
    operation: &'static str,
    own: Vec<Job>,
    candidates: usize,
    folds: usize,
) -> Result<Vec<Vec<Option<FoldResult>>>> {
    let messages = communicator.all_gather(&write(&own))?;
    let mut jobs = own;
    for (rank, message) in messages.iter().enumerate().filter(|(rank, _)| *rank != communicator.rank()) {
        jobs.extend(read(operation, rank, message)?);
    }
    if jobs.len() != candidates * folds {
        return Err(Error::invalid(operation, format!("{} scored folds", candidates * folds), jobs.len()));
    }
    let mut all: Vec<Vec<_>> = (0..candidates).map(|_| (0..folds).map(|_| None).collect()).collect();
    for (job, result) in jobs {
        if let Some(fold) = all.get_mut(job / folds).and_then(|candidate| candidate.get_mut(job % folds)) {
            *fold = result;
        }
    }
    Ok(all)
}

/// Demands that all ranks evaluate the same candidates, given as text, on the same folds.
pub(super) fn demand_same_jobs<E: Estimator + ?Sized>(
    communicator: &dyn Communicator,
    estimator: &E,
    folds: &[Fold],
    scorer: &Scorer<'_>,
    candidates: impl FnOnce() -> String,
) -> Result<()> {
    if communicator.size() == 1 {
        return Ok(());
    }
    let parts = [
        ("the call of", scorer.operation.to_owned()),
        ("a program built as", build()),
        ("rows:", estimator.len().to_string()),
        ("folds:", folds.len().to_string()),
        ("rows of the folds with the checksum", checksum(folds)),
        ("the scorings", format!("{:?}", scorer.scorings)),
        ("the settings", candidates()),
    ];
    demand_same_parts(scorer.operation, communicator, &parts)
}

/// Computes a hash of the rows of the folds.
fn checksum(folds: &[Fold]) -> String {
    let mut hash = Fnv::default();
    let rows = folds.iter().flat_map(|(training, test)| training.iter().chain([&usize::MAX]).chain(test));
    rows.for_each(|&row| hash.add(row as u64));
    hash.text()
}
