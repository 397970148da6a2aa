//! What ranks tell each other of the jobs they have done, as bytes.

use super::cross_validation::FoldRecord;
use super::evaluate::{FoldFailure, FoldResult, FoldScores};
use crate::{Error, Result};

/// A job by its number, and what it came to; `None` where it was not tried.
pub(super) type Job = (usize, Option<FoldResult>);

/// Writes what the jobs of this rank came to; errors as text.
pub(super) fn write(jobs: &[Job]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (number, result) in jobs {
        write_count(&mut bytes, *number);
        match result {
            None => write_count(&mut bytes, NOT_TRIED),
            Some(Ok(scores)) => {
                write_count(&mut bytes, SCORES);
                let FoldRecord { training_rows, test_rows, fit_seconds, score_seconds } = scores.record;
                write_count(&mut bytes, training_rows);
                write_count(&mut bytes, test_rows);
                write_numbers(&mut bytes, &[fit_seconds, score_seconds]);
                write_numbers(&mut bytes, &scores.test);
                // Without scores on training rows there are none: a fold has at least one otherwise.
                write_numbers(&mut bytes, scores.training.as_deref().unwrap_or_default());
            }
            Some(Err(failure)) => {
                write_count(&mut bytes, FAILURE);
                write_count(&mut bytes, failure.text.len());
                bytes.extend(failure.text.as_bytes());
            }
        }
    }
    bytes
}

const NOT_TRIED: usize = 0;
const SCORES: usize = 1;
const FAILURE: usize = 2;

fn write_count(bytes: &mut Vec<u8>, count: usize) {
    bytes.extend((count as u64).to_le_bytes());
}

fn write_numbers(bytes: &mut Vec<u8>, numbers: &[f64]) {
    write_count(bytes, numbers.len());
    bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
}

/// Reads what the jobs of another rank came to.
pub(super) fn read(operation: &'static str, rank: usize, bytes: &[u8]) -> Result<Vec<Job>> {
    let (mut reader, mut jobs) = (Reader(bytes), Vec::new());
    while !reader.0.is_empty() {
        let Some(job) = reader.job(rank) else {
            let expected = format!("scores from rank {rank}");
            return Err(Error::invalid(operation, expected, format!("{} bytes of something else", bytes.len())));
        };
        jobs.push(job);
    }
    Ok(jobs)
}

/// The bytes that are left; each method returns `None` when they are too few.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn job(&mut self, rank: usize) -> Option<Job> {
        let number = self.count()?;
        let result = match self.count()? {
            NOT_TRIED => None,
            SCORES => Some(Ok(self.scores()?)),
            FAILURE => {
                let length = self.count()?;
                let text = String::from_utf8_lossy(self.take(length)?).into_owned();
                Some(Err(FoldFailure { error: Error::Rank { rank, problem: text.clone() }, text }))
            }
            _ => return None,
        };
        Some((number, result))
    }

    fn scores(&mut self) -> Option<FoldScores> {
        let (training_rows, test_rows) = (self.count()?, self.count()?);
        let [fit_seconds, score_seconds] = self.numbers()?.try_into().ok()?;
        let record = FoldRecord { training_rows, test_rows, fit_seconds, score_seconds };
        let (test, training) = (self.numbers()?, self.numbers()?);
        Some(FoldScores { record, test, training: Some(training).filter(|training| !training.is_empty()) })
    }

    fn numbers(&mut self) -> Option<Vec<f64>> {
        let count = self.count()?;
        let bytes = self.take(count.checked_mul(8)?)?;
        Some(bytes.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect())
    }

    fn count(&mut self) -> Option<usize> {
        let bytes = self.take(8)?;
        usize::try_from(u64::from_le_bytes(bytes.try_into().ok()?)).ok()
    }

    fn take(&mut self, length: usize) -> Option<&[u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jobs() -> Vec<Job> {
        let record = FoldRecord { training_rows: 8, test_rows: 4, fit_seconds: 0.5, score_seconds: 0.25 };
        let failure =
            FoldFailure { error: Error::invalid("Fit", "ä", "b"), text: "Fit: expected ä, found b".to_owned() };
        vec![
            (3, Some(Ok(FoldScores { record, test: vec![0.1, -0.0], training: None }))),
            (5, None),
            (7, Some(Err(failure))),
            (9, Some(Ok(FoldScores { record, test: vec![1e-300], training: Some(vec![2.0]) }))),
        ]
    }

    #[test]
    fn what_is_read_is_what_was_written() {
        let read = read("Search", 2, &write(&jobs())).unwrap();
        assert_eq!(write(&read), write(&jobs()));
        let Some((7, Some(Err(failure)))) = read.get(2) else { panic!("{read:?}") };
        assert_eq!(failure.text, "Fit: expected ä, found b");
        assert_eq!(failure.error.to_string(), "rank 2: Fit: expected ä, found b");
    }

    #[test]
    fn a_damaged_message_is_an_error() {
        let bytes = write(&jobs());
        let whole: Vec<_> = (1..=4).map(|count| write(&jobs()[..count]).len()).collect();
        for length in 1..bytes.len() {
            let outcome = read("Search", 1, &bytes[..length]);
            assert_eq!(outcome.is_ok(), whole.contains(&length), "{length}");
        }
        let error = read("Search", 1, &[255; 16]).unwrap_err().to_string();
        assert_eq!(error, "Search: expected scores from rank 1, found 16 bytes of something else");
    }
}
