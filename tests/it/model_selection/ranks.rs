//! Cross-validations and searches across ranks: the result of one rank alone, on all of them.

use super::toys::{Clouds, Formula, diverged};
use feedforward::distributed::{Alone, Communicator, Threads};
use feedforward::error::Result;
use feedforward::estimator::{Scoring, Settings};
use feedforward::model_selection::{
    Candidate, CrossValidation, CrossValidator, Folds, Search, SearchObserver, SearchResult, cross_validate,
};
use feedforward::{Classifier, Error, Float, Regressor};
use ndarray::Array2;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

const RANKS: [usize; 5] = [1, 2, 3, 4, 8];

/// Two thirds are the best rate. Above 1 training diverges on the fold with row 7.
fn by_rate() -> Formula<impl Fn(&Settings, &[usize]) -> Result<f64> + Sync> {
    Formula::new(12, Scoring::R2, |settings, rows| {
        if settings.learning_rate > 1.0 && rows.contains(&7) {
            return Err(diverged());
        }
        let noise = rows.iter().sum::<usize>() as f64 / 1000.0;
        Ok(1.0 - (settings.learning_rate - 0.7).abs() - noise)
    })
}

fn over_rates<'a>(search: Search<'a>, rates: &[f64]) -> Search<'a> {
    search.over("learning_rate", rates.to_vec(), |settings, value| settings.learning_rate = value)
}

/// What must not depend on the number of ranks: the candidates, without their seconds.
fn outcome<M>(result: &SearchResult<M>) -> (Vec<Candidate>, bool) {
    (result.candidates().to_vec(), result.was_stopped())
}

#[test]
fn a_cross_validation_is_that_of_one_rank() {
    let estimator = Clouds::new(60);
    for folds in [Folds::new(2), Folds::new(5).seed(3), Folds::new(9)] {
        let alone = CrossValidator::new(folds.clone()).training_scores();
        let expected = alone.run(&estimator).unwrap();
        for ranks in RANKS {
            let results = Threads::run(ranks, |rank| alone.clone().across(rank).run(&estimator)).unwrap();
            assert_eq!(results, vec![expected.clone(); ranks], "{ranks} ranks");
            // The seconds travel too: all ranks print the same table.
            assert!(results.iter().all(|result| result.to_string() == results[0].to_string()));
        }
    }
}

fn real_estimators_score_the_same<F: Float>() {
    let inputs = Array2::from_shape_fn((40, 2), |(row, column)| F::from_f64(((row * 7 + column * 5) % 11) as f64));
    let labels: Vec<_> =
        inputs.rows().into_iter().map(|row| if row[0].widen() > 4.0 { "long" } else { "short" }).collect();
    let targets = inputs.map_axis(ndarray::Axis(1), |row| F::from_f64(row[0].widen() - 0.5 * row[1].widen()));
    let targets = targets.insert_axis(ndarray::Axis(1));
    let settings = Settings { hidden: vec![4], epochs: 15, ..Settings::default() };
    let classifier = Classifier::builder(&inputs, &labels).settings(settings.clone());
    let regressor = Regressor::builder(&inputs, &targets).settings(settings);
    let folds = Folds::new(4).seed(1);
    let scores = |ranks: usize| -> Vec<(CrossValidation, CrossValidation)> {
        let run = |rank: &Threads| {
            let validator = CrossValidator::new(folds.clone()).across(rank);
            Ok((validator.run(&classifier)?, validator.run(&regressor)?))
        };
        Threads::run(ranks, run).unwrap()
    };
    let expected = (cross_validate(&classifier, &folds).unwrap(), cross_validate(&regressor, &folds).unwrap());
    for ranks in RANKS {
        assert_eq!(scores(ranks), vec![expected.clone(); ranks]);
    }
}

#[test]
fn real_estimators_score_the_same_in_both_precisions() {
    real_estimators_score_the_same::<f32>();
    real_estimators_score_the_same::<f64>();
}

#[test]
fn a_search_has_the_table_the_best_and_the_model_of_one_rank() {
    let estimator = Clouds::new(45);
    let inputs = Array2::from_shape_fn((6, 2), |(row, column)| (row + 2 * column) as f64 / 3.0);
    let searches: [fn() -> Search<'static>; 3] = [
        || over_rates(Search::grid(), &[0.001, 0.01, 0.1, 0.5, 1.0]).folds(Folds::new(3)),
        // The last one diverges.
        || over_rates(Search::grid(), &[0.01, 0.1, 1e30]).folds(Folds::new(2)),
        || over_rates(Search::random(9).seed(2), &[0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 0.5, 0.7, 1.0, 2.0]).halving(3),
    ];
    for search in searches {
        let expected = search().run(&estimator).unwrap();
        for ranks in RANKS {
            let results = Threads::run(ranks, |rank| search().across(rank).run(&estimator)).unwrap();
            for result in results {
                assert_eq!(outcome(&result), outcome(&expected), "{ranks} ranks");
                let predict =
                    |result: &SearchResult<Classifier<f64, usize>>| result.model().predict_proba(&inputs).unwrap();
                assert_eq!(predict(&result), predict(&expected));
            }
        }
    }
}

#[test]
fn a_candidate_that_fails_has_the_same_words_in_the_table_of_all_ranks() {
    let search = || over_rates(Search::grid(), &[0.1, 2.0, 0.5, 3.0]).folds(Folds::new(3));
    let expected = search().run(&by_rate()).unwrap();
    assert!(expected.candidates()[2].error().is_some_and(|error| error.starts_with("Search: fold ")));
    for ranks in RANKS {
        let results = Threads::run(ranks, |rank| search().across(rank).run(&by_rate())).unwrap();
        results.iter().for_each(|result| assert_eq!(outcome(result), outcome(&expected)));
    }
}

#[test]
fn when_no_candidate_can_be_fitted_the_others_name_the_rank() {
    // One fold has row 7, and it is a job of one rank.
    let results = Threads::run(3, |rank| {
        let search = over_rates(Search::grid(), &[2.0, 3.0]).folds(Folds::new(3));
        Ok(search.across(rank).run(&by_rate()).map(drop).unwrap_err().to_string())
    });
    let results = results.unwrap();
    let alone = over_rates(Search::grid(), &[2.0, 3.0]).folds(Folds::new(3)).run(&by_rate()).map(drop).unwrap_err();
    let owners: Vec<_> = (0..3).filter(|&rank| results[rank] == alone.to_string()).collect();
    let [owner] = owners[..] else { panic!("{results:?}") };
    for other in (0..3).filter(|&rank| rank != owner) {
        let named = format!("rank {owner}: {}", diverged());
        assert!(results[other].contains(&named), "{results:?}");
    }
}

#[test]
fn a_fold_that_fails_is_an_error_on_all_ranks() {
    let mut estimator = by_rate();
    estimator.settings.learning_rate = 2.0;
    let alone = cross_validate(&estimator, &Folds::new(4)).unwrap_err().to_string();
    for ranks in RANKS {
        let results = Threads::run(ranks, |rank| {
            Ok(CrossValidator::new(Folds::new(4)).across(rank).run(&estimator).unwrap_err().to_string())
        });
        let results = results.unwrap();
        let own = results.iter().position(|error| *error == alone).unwrap();
        for (rank, error) in results.iter().enumerate().filter(|(rank, _)| *rank != own) {
            assert_eq!(error.replace(&format!("rank {own}: "), ""), alone, "rank {rank}");
            assert_ne!(*error, alone);
        }
    }
}

/// Counts calls, and ends the search after some candidates.
struct Stops {
    left: usize,
    calls: [usize; 3],
}

impl SearchObserver for Stops {
    fn start(&mut self, _: usize) {
        self.calls[0] += 1;
    }
    fn candidate(&mut self, candidate: &Candidate) -> ControlFlow<()> {
        assert_eq!(candidate.number(), self.calls[1]);
        self.calls[1] += 1;
        if self.calls[1] < self.left { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
    fn end(&mut self) {
        self.calls[2] += 1;
    }
}

#[test]
fn the_observer_of_rank_0_is_called_and_ends_the_search_of_all() {
    let rates: Vec<f64> = (1..=40).map(|number| f64::from(number) / 50.0).collect();
    for stop in [1, 3, 17, 40, 1000] {
        let search = || over_rates(Search::grid(), &rates).folds(Folds::new(3));
        let mut alone = Stops { left: stop, calls: [0; 3] };
        let expected = search().run_observed(&by_rate(), &mut alone).unwrap();
        for ranks in RANKS {
            let results = Threads::run(ranks, |rank| {
                // On the other ranks it would end the search at once.
                let mut observer = Stops { left: if rank.rank() == 0 { stop } else { 1 }, calls: [0; 3] };
                let result = search().across(rank).run_observed(&by_rate(), &mut observer)?;
                Ok((outcome(&result), observer.calls))
            });
            for (rank, (result, calls)) in results.unwrap().into_iter().enumerate() {
                assert_eq!(result, outcome(&expected), "rank {rank} of {ranks}, stopped after {stop}");
                assert_eq!(calls, if rank == 0 { alone.calls } else { [0; 3] });
            }
        }
    }
}

#[test]
fn the_jobs_are_shared_out() {
    for ranks in RANKS {
        let fits = Threads::run(ranks, |rank| {
            let fits = AtomicUsize::new(0);
            let estimator = Formula::new(12, Scoring::R2, |settings: &Settings, rows: &[usize]| {
                fits.fetch_add(usize::from(!rows.is_empty()), Ordering::Relaxed);
                Ok(settings.learning_rate)
            });
            over_rates(Search::grid(), &[0.1; 24]).folds(Folds::new(2)).across(rank).run(&estimator)?;
            Ok(fits.into_inner())
        });
        let fits = fits.unwrap();
        assert_eq!(fits.iter().sum::<usize>(), 48, "{fits:?}");
        assert!(fits.iter().all(|&fits| fits >= 48 / ranks / 2), "{fits:?}");
    }
}

#[test]
fn a_nested_search_runs_within_the_ranks_of_the_cross_validation() {
    let estimator = Clouds::new(36);
    let search = || over_rates(Search::grid(), &[0.01, 0.5]).folds(Folds::new(2));
    let expected = cross_validate(&search().on(&estimator), &Folds::new(3)).unwrap();
    let results = Threads::run(3, |rank| {
        let search = search().across(rank);
        CrossValidator::new(Folds::new(3)).across(rank).run(&search.on(&estimator))
    });
    assert_eq!(results.unwrap(), vec![expected; 3]);
}

#[test]
fn ranks_with_other_jobs_are_told_what_differs() {
    let run = |search: &(dyn Fn(usize) -> Search<'static> + Sync)| {
        let results = Threads::run(3, |rank| {
            Ok(search(rank.rank()).across(rank).run(&by_rate()).map(drop).unwrap_err().to_string())
        });
        let results = results.unwrap();
        // The first rank with other jobs; it does not call it another rank's error.
        let own = results.iter().position(|error| error.starts_with("Search: ")).unwrap();
        assert_eq!(results[0], format!("rank {own}: {}", results[own]));
        results[own].clone()
    };
    let error = run(&|rank| over_rates(Search::grid(), &[0.1, 0.2]).folds(Folds::new(3).seed(rank as u64 / 2)));
    assert!(error.starts_with("Search: expected rows of the folds with the checksum "), "{error}");
    let error = run(&|rank| over_rates(Search::grid(), &[0.1, 0.2]).folds(Folds::new(if rank == 1 { 4 } else { 3 })));
    assert_eq!(error, "Search: expected folds: 3, as on rank 0, found 4");
    let error = run(&|rank| over_rates(Search::grid(), &[0.1, if rank == 2 { 0.3 } else { 0.2 }]));
    assert!(error.starts_with("Search: expected the settings ..."), "{error}");
    assert!(error.contains("learning_rate: 0.2") && error.contains("learning_rate: 0.3"), "{error}");
    let error = run(&|rank| {
        let scoring = if rank == 0 { Scoring::R2 } else { Scoring::MeanAbsoluteError };
        over_rates(Search::grid(), &[0.1, 0.2]).scoring(scoring)
    });
    assert_eq!(error, "Search: expected the scorings [R2], as on rank 0, found [MeanAbsoluteError]");
}

#[test]
fn bad_input_on_one_rank_ends_all_and_names_it() {
    let results = Threads::run(3, |rank| {
        let rates: &[f64] = if rank.rank() == 1 { &[] } else { &[0.1, 0.2] };
        Ok(over_rates(Search::grid(), rates).across(rank).run(&by_rate()).map(drop).unwrap_err().to_string())
    });
    let own = "Search: expected at least one value of learning_rate, found 0";
    assert_eq!(results.unwrap(), [format!("rank 1: {own}"), own.to_owned(), format!("rank 1: {own}")]);
    let results = Threads::run(2, |rank| {
        let folds = Folds::new(if rank.rank() == 0 { 3 } else { 1 });
        Ok(CrossValidator::new(folds).across(rank).run(&by_rate()).unwrap_err().to_string())
    });
    let results = results.unwrap();
    assert_eq!(results[0], format!("rank 1: {}", results[1]));
}

#[test]
fn a_panic_on_one_rank_ends_all_and_names_it() {
    let error = Threads::run(4, |rank| {
        let estimator = Formula::new(12, Scoring::R2, |settings: &Settings, _: &[usize]| {
            assert!(rank.rank() != 2 || settings.learning_rate < 0.3, "this rank gave up");
            Ok(0.5)
        });
        over_rates(Search::grid(), &[0.1, 0.2, 0.3, 0.4]).folds(Folds::new(4)).across(rank).run(&estimator).map(drop)
    });
    let error = error.unwrap_err();
    assert!(matches!(error, Error::Rank { rank: 2, .. }), "{error}");
    assert_eq!(error.to_string(), "rank 2: panicked: this rank gave up");
}

/// A fit on all rows that fails on one rank only: the ranks cannot go on to the next candidate together.
#[test]
fn a_last_fit_that_fails_on_one_rank_ends_all() {
    let results =
        Threads::run(3, |rank| {
            let estimator = Formula::new(12, Scoring::R2, |_: &Settings, rows: &[usize]| {
                if rows.is_empty() && rank.rank() == 1 { Err(diverged()) } else { Ok(0.5) }
            });
            let search = over_rates(Search::grid(), &[0.1, 0.2]).across(rank);
            Ok(search.run(&estimator).map(drop).unwrap_err().to_string())
        });
    let own = diverged().to_string();
    assert_eq!(results.unwrap(), [format!("rank 1: {own}"), own.clone(), format!("rank 1: {own}")]);
}

#[test]
fn validators_are_equal_when_their_options_are() {
    let validator = CrossValidator::new(Folds::new(3));
    assert_eq!(validator.clone().across(&Alone), validator);
    assert_ne!(validator.clone().training_scores(), validator);
}
