//! Agreement between ranks, where some have failed.

use super::agree;
use crate::Error;
use crate::distributed::{Communicator, Threads};

#[test]
fn ranks_agree_on_success_and_on_the_lowest_rank_that_failed() {
    for size in 1..=9 {
        Threads::run(size, |communicator| agree(communicator, Ok(()))).unwrap();
        for failing in 0..size {
            // All from one rank on fail, each with an error of its own.
            let outcomes = Threads::run(size, |communicator| {
                let rank = communicator.rank();
                let outcome = if rank < failing { Ok(()) } else { Err(Error::invalid("read", "a number", rank)) };
                // Twice: an agreement about an error that was agreed on has the same result.
                let twice = agree(communicator, agree(communicator, outcome));
                // The communicator is as good as before.
                communicator.barrier()?;
                Ok(twice.unwrap_err())
            });
            for (rank, error) in outcomes.unwrap().into_iter().enumerate() {
                let own = format!("read: expected a number, found {rank}");
                let of_another = format!("rank {failing}: read: expected a number, found {failing}");
                assert_eq!(error.to_string(), if rank < failing { of_another } else { own });
            }
        }
    }
}

#[test]
fn ranks_that_repeat_an_error_are_not_its_cause() {
    let outcomes = Threads::run(3, |communicator| {
        let outcome = match communicator.rank() {
            0 => Err(Error::Rank { rank: 2, problem: "from before".to_owned() }),
            1 => Ok(()),
            _ => Err(Error::Empty { operation: "fit", what: "row" }),
        };
        Ok(agree(communicator, outcome).unwrap_err().to_string())
    });
    let own = "fit: expected at least one row, found 0";
    assert_eq!(outcomes.unwrap(), ["rank 2: from before".to_owned(), format!("rank 2: {own}"), own.to_owned()]);
}
