//! [`Search`].

use super::toys::{Clouds, Formula, Mean, diverged, in_pools, words};
use feedforward::error::Result;
use feedforward::estimator::{Estimator, Scoring, Settings, Solver};
use feedforward::model_selection::{
    Candidate, Folds, LogUniform, Search, SearchObserver, SearchResult, cross_validate,
};
use rand::SeedableRng;
use rand::distr::{Distribution, Uniform};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Two thirds are the best rate. Above 1 training diverges.
fn by_rate() -> Formula<impl Fn(&Settings, &[usize]) -> Result<f64> + Sync> {
    Formula::new(12, Scoring::R2, |settings, rows| {
        if settings.learning_rate > 1.0 && rows.contains(&7) {
            return Err(diverged());
        }
        Ok(1.0 - (settings.learning_rate - 0.7).abs() - settings.l2.unwrap_or(0.0))
    })
}

fn rates(search: Search<'_>, rates: impl IntoIterator<Item = f64>) -> Search<'_> {
    search
        .over("learning_rate", rates.into_iter().collect::<Vec<_>>(), |settings, value| settings.learning_rate = value)
}

fn numbers<M>(result: &SearchResult<M>) -> Vec<usize> {
    result.candidates().iter().map(Candidate::number).collect()
}

#[test]
fn a_grid_tries_each_combination_and_ranks_them() {
    let estimator = by_rate();
    let search =
        rates(Search::grid(), [0.1, 0.5, 0.75]).over("l2", [0.0, 0.25], |settings, value| settings.l2 = Some(value));
    let result = search.folds(Folds::new(3)).run(&estimator).unwrap();
    // Scores 0.4, 0.15, 0.8, 0.55, 0.95, 0.7: the values of the last parameter change fastest.
    assert_eq!(numbers(&result), [4, 2, 5, 3, 0, 1]);
    let found: Vec<_> = result.candidates().iter().map(|candidate| candidate.mean().unwrap()).collect();
    for (found, expected) in found.iter().zip([0.95, 0.8, 0.7, 0.55, 0.4, 0.15]) {
        approx::assert_relative_eq!(*found, expected, max_relative = 1e-12);
    }
    let parameters =
        [("learning_rate", "0.75"), ("l2", "0.0")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(result.best().parameters(), parameters);
    assert_eq!(*result.best().settings(), Settings { learning_rate: 0.75, l2: Some(0.0), ..Settings::default() });
    assert_eq!(result.model(), result.best().settings());
    assert_eq!(result.best().scores().unwrap().folds().len(), 3);
    assert!(!result.was_stopped() && result.refit_seconds() >= 0.0);
}

#[test]
fn of_a_loss_less_is_better_and_of_equal_scores_the_first_wins() {
    let distance = |settings: &Settings, _: &[usize]| Ok((settings.learning_rate - 0.5).abs());
    let estimator = Formula::new(12, Scoring::LogLoss, distance);
    let result = rates(Search::grid(), [0.0, 0.75, 0.25, 0.75, 1.0]).run(&estimator).unwrap();
    assert_eq!(numbers(&result), [1, 2, 3, 0, 4]);
    // The same numbers as a score that should be high.
    let result = rates(Search::grid(), [0.0, 0.75, 0.25, 0.75, 1.0]).scoring(Scoring::R2).run(&estimator).unwrap();
    assert_eq!(numbers(&result), [0, 4, 1, 2, 3]);
    assert_eq!(result.ranking().scoring(), Scoring::R2);
    let zeros = Formula::new(12, Scoring::R2, |settings, _| Ok(if settings.l2 > Some(0.0) { 0.0 } else { -0.0 }));
    let result =
        Search::grid().over("l2", [0.0, 1.0], |settings, value| settings.l2 = Some(value)).run(&zeros).unwrap();
    assert_eq!(numbers(&result), [0, 1]);
}

#[test]
fn a_candidate_that_diverges_loses_with_its_error_and_the_others_go_on() {
    let result = rates(Search::grid(), [2.0, 0.1, 3.0, 0.5]).folds(Folds::new(3)).run(&by_rate()).unwrap();
    assert_eq!(numbers(&result), [3, 1, 0, 2]);
    let loser = &result.candidates()[2];
    assert!(loser.scores().is_none() && loser.mean().is_none());
    let error = loser.error().unwrap();
    assert!(
        error.starts_with("Search: fold ") && error.contains(" of 3: training diverged in epoch 1, batch 2"),
        "{error}"
    );
    let table = result.to_string();
    let lines: Vec<_> = table.lines().collect();
    assert_eq!(lines[0], "rank  learning_rate      r2  deviation  fit seconds");
    assert_eq!(lines[1], "   1            0.5  0.8000     0.0000        0.000");
    assert_eq!(lines[3], format!("   3            2.0  failed: {error}"));
    let csv = result.ranking().to_csv();
    let lines: Vec<_> = csv.lines().collect();
    assert_eq!(
        lines[0],
        "rank,learning_rate,epochs,mean_r2,deviation,fold_1,fold_2,fold_3,fit_seconds,score_seconds,error"
    );
    assert!(lines[1].starts_with("1,0.5,200,0.8,0,0.8,0.8,0.8,") && lines[1].ends_with(','), "{}", lines[1]);
    assert_eq!(lines[3], format!("3,2.0,200,,,,,,,,\"{error}\""));
}

#[test]
fn when_all_fail_it_is_an_error() {
    let error = rates(Search::grid(), [2.0, 3.0]).folds(Folds::plain(12)).run(&by_rate()).unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("Search: expected a candidate that can be fitted, found none in 2; the first: Search: fold ")
    );
    assert_eq!(error.operation(), Some("Search"));
    let source = std::error::Error::source(&error).unwrap();
    assert!(std::error::Error::source(source).unwrap().to_string().starts_with("training diverged"));
}

#[test]
fn a_candidate_that_fails_on_all_rows_loses_to_the_next() {
    let estimator = Formula::new(12, Scoring::R2, |settings: &Settings, rows: &[usize]| {
        if settings.learning_rate > 0.8 && rows.is_empty() { Err(diverged()) } else { Ok(settings.learning_rate) }
    });
    let result = rates(Search::grid(), [0.1, 0.9, 0.5, 1.0]).run(&estimator).unwrap();
    assert_eq!(numbers(&result), [2, 0, 3, 1]);
    assert_eq!(result.model().learning_rate, 0.5);
    let error = result.candidates()[2].error().unwrap();
    assert!(error.starts_with("fitted on all rows: training diverged"), "{error}");
    words(
        rates(Search::grid(), [0.9]).run(&estimator),
        "Search: expected a candidate that can be fitted, found none in 1; the first: training diverged in epoch 1, \
         batch 2: Sgd: learning_rate: expected a finite number >= 0, found NaN",
    );
}

#[test]
fn lists_are_drawn_from_without_replacement() {
    let search = |count| {
        let search = rates(Search::random(count), (0..10).map(|index| f64::from(index) / 20.0));
        search.over("l2", (0..10).map(f64::from).collect::<Vec<_>>(), |settings, value| settings.l2 = Some(value))
    };
    let drawn = |search: Search<'_>| -> Vec<Vec<(String, String)>> {
        let result = search.folds(Folds::plain(2)).run(&by_rate()).unwrap();
        let mut candidates: Vec<_> = result.candidates().to_vec();
        candidates.sort_by_key(Candidate::number);
        candidates.into_iter().map(|candidate| candidate.parameters().to_vec()).collect()
    };
    let some = drawn(search(60));
    assert_eq!(some.iter().collect::<BTreeSet<_>>().len(), 60);
    assert_eq!(some, drawn(search(60)));
    assert_ne!(some, drawn(search(60).seed(1)));
    assert_eq!(drawn(search(1000)).len(), 100);
}

#[test]
fn distributions_are_drawn_from_in_their_range() {
    let estimator = Formula::new(4, Scoring::R2, |settings: &Settings, _: &[usize]| Ok(settings.learning_rate));
    let search = |seed| {
        Search::random(1000)
            .sample("learning_rate", LogUniform::new(1e-4, 1.0).unwrap(), |settings, value| {
                settings.learning_rate = value
            })
            .sample("width", Uniform::new(4_usize, 8).unwrap(), |settings, value| settings.hidden = vec![value])
            .over("solver", [Solver::Adam, Solver::Lbfgs], |settings, value| settings.solver = value)
            .folds(Folds::plain(2))
            .seed(seed)
            .run(&estimator)
            .unwrap()
    };
    let result = search(3);
    let all = result.candidates();
    assert_eq!(all.len(), 1000);
    assert!(all.iter().all(|candidate| (1e-4..=1.0).contains(&candidate.settings().learning_rate)));
    // Each power of ten has a quarter: 250, with a deviation of √(1000·3/16) = 14.
    for power in 0..4 {
        let range = 10_f64.powi(power - 4)..10_f64.powi(power - 3);
        let count = all.iter().filter(|candidate| range.contains(&candidate.settings().learning_rate)).count();
        assert!((190..310).contains(&count), "{count} in {range:?}");
    }
    for width in 4..8 {
        let count = all.iter().filter(|candidate| candidate.settings().hidden == [width]).count();
        assert!((190..310).contains(&count), "{count} of {width}");
    }
    let lbfgs = all.iter().filter(|candidate| candidate.settings().solver == Solver::Lbfgs).count();
    assert!((430..570).contains(&lbfgs), "{lbfgs}");
    assert_eq!(all[0].parameters()[2].0, "solver");
    assert_eq!(search(3).ranking(), result.ranking());
    assert_ne!(search(4).ranking(), result.ranking());
}

#[test]
fn given_settings_are_described_by_what_differs() {
    let usual = Settings::default;
    let list = vec![
        Settings { hidden: vec![8, 4], ..usual() },
        Settings { learning_rate: 0.7, ..usual() },
        Settings { learning_rate: 0.1, ..usual() },
    ];
    let result = Search::candidates(list).run(&by_rate()).unwrap();
    assert_eq!(numbers(&result), [1, 2, 0]);
    let text = result.to_string();
    let lines: Vec<_> = text
        .lines()
        .map(|line| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect::<Vec<_>>())
        .collect();
    assert_eq!(lines[0], ["rank", "hidden", "learning_rate", "r2", "deviation", "fit seconds"]);
    assert_eq!(lines[1][..4], ["1", "[100]", "0.7", "1.0000"]);
    assert_eq!(lines[3][..4], ["3", "[8, 4]", "0.001", "0.3010"]);

    let same = Search::candidates(vec![usual(), usual()]).run(&by_rate()).unwrap();
    assert_eq!(same.candidates()[1].parameters(), [("candidate".to_owned(), "1".to_owned())]);
    let combined = rates(Search::candidates(vec![usual(), Settings { l2: Some(0.5), ..usual() }]), [0.1, 0.5]);
    let combined = combined.run(&by_rate()).unwrap();
    assert_eq!(numbers(&combined), [1, 0, 3, 2]);
}

#[test]
fn searches_without_candidates_or_with_too_many_are_refused() {
    let estimator = by_rate();
    let run = |search: Search<'_>| search.run(&estimator);
    words(run(Search::grid()), "Search: expected at least one parameter to vary, found 0");
    words(run(Search::random(5)), "Search: expected at least one parameter to vary, found 0");
    words(run(rates(Search::random(0), [0.1])), "Search: expected at least one candidate, found 0");
    words(run(Search::candidates(Vec::new())), "Search: expected at least one candidate, found 0");
    words(run(rates(Search::grid(), [])), "Search: expected at least one value of learning_rate, found 0");
    words(run(rates(Search::random(2), [])), "Search: expected at least one value of learning_rate, found 0");
    words(
        run(rates(rates(Search::grid(), [0.1]), [0.2])),
        "Search: expected parameters with different names, found \"learning_rate\" twice",
    );
    words(
        run(Search::grid().over("", [1], |_, _| ())),
        "Search: expected a name for each parameter, found an empty one",
    );
    let uniform = || LogUniform::new(0.1, 1.0).unwrap();
    words(
        run(Search::grid().sample("l2", uniform(), |settings, value| settings.l2 = Some(value))),
        "Search: expected lists of values in a grid, found a distribution of l2",
    );
    let wide = |search: Search<'static>, parameters: usize, values: usize| {
        (0..parameters).fold(search, |search, index| search.over(format!("p{index}"), 0..values, |_, _| ()))
    };
    words(run(wide(Search::grid(), 3, 101)), "Search: expected at most 1000000 candidates, found 1030301");
    words(
        run(wide(Search::grid(), 12, 101)),
        "Search: expected at most 1000000 candidates, found more than can be counted",
    );
    words(run(wide(Search::random(1_000_001), 12, 101)), "Search: expected at most 1000000 candidates, found 1000001");
    words(
        run(wide(Search::random(usize::MAX), 1, 5)),
        &format!("Search: expected at most 1000000 candidates, found {}", usize::MAX),
    );
    // More combinations than can be counted are fine to draw from.
    assert_eq!(run(wide(Search::random(5), 12, 101)).unwrap().candidates().len(), 5);

    words(run(rates(Search::grid(), [0.1]).folds(Folds::new(13))), "k_fold: expected 2 to 12 folds, found 13");
    words(run(rates(Search::grid(), [0.1]).halving(1)), "Search: halving: expected at least 2, found 1");
    let empty = Formula::new(0, Scoring::R2, |_, _| Ok(0.0));
    words(rates(Search::grid(), [0.1]).run(&empty), "Search: expected at least one row, found 0");
    for (low, high) in [(0.0, 1.0), (-1.0, 1.0), (1.0, 1.0), (2.0, 1.0), (f64::NAN, 1.0), (1.0, f64::INFINITY)] {
        let expected = format!("LogUniform: expected finite numbers 0 < low < high, found {low} and {high}");
        words(LogUniform::new(low, high), &expected);
    }
    let whole = LogUniform::new(f64::MIN_POSITIVE, f64::MAX).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    assert!((0..1000).all(|_| (f64::MIN_POSITIVE..=f64::MAX).contains(&whole.sample(&mut rng))));
}

#[test]
fn the_result_does_not_depend_on_the_number_of_threads() {
    let estimator = Clouds::new(45);
    let run = |search: Search<'_>| search.folds(Folds::new(3).seed(2)).run(&estimator).unwrap();
    let hidden = |search: Search<'static>| {
        search.over("hidden", [vec![2], vec![5, 3]], |settings, value| settings.hidden = value)
    };
    let [one, two, four] = in_pools(|| {
        // Networks diverge with the last rate.
        let grid = run(rates(hidden(Search::grid()), [0.01, 0.1, 1e300]));
        let random = run(hidden(Search::random(6))
            .sample("learning_rate", LogUniform::new(1e-3, 1.0).unwrap(), |settings, value| {
                settings.learning_rate = value
            })
            .halving(2));
        let weights =
            grid.model().network().parameters().flat_map(|parameter| parameter.values().to_vec()).collect::<Vec<_>>();
        (grid.ranking().clone(), random.ranking().clone(), weights)
    });
    assert_eq!((&one, &one), (&two, &four));
    assert!(one.0.candidates().iter().any(|candidate| candidate.error().is_some()), "{}", one.0);
    // Three classes are guessed in a third of the rows.
    assert!(one.0.candidates()[0].mean().unwrap() > 0.4, "{}", one.0);
}

#[test]
fn an_observer_sees_the_candidates_in_order_and_can_end_the_search() {
    let estimator = Clouds::new(30);
    for (seen, result) in in_pools(|| {
        let mut seen = Vec::new();
        let search = rates(Search::grid(), (1..20).map(|index| f64::from(index) / 100.0)).folds(Folds::new(2));
        let result = search.run_observed(&estimator, &mut |candidate: &Candidate| {
            seen.push((candidate.number(), candidate.mean().unwrap()));
            if candidate.number() == 4 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        (seen, result.unwrap())
    }) {
        assert_eq!(seen.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
        assert!(result.was_stopped());
        assert_eq!(result.candidates().len(), 5);
        for candidate in result.candidates() {
            assert_eq!(seen[candidate.number()].1, candidate.mean().unwrap());
        }
    }
    /// Counts its calls.
    #[derive(Default)]
    struct Calls(Vec<String>);
    impl SearchObserver for Calls {
        fn start(&mut self, count: usize) {
            self.0.push(format!("start {count}"));
        }
        fn candidate(&mut self, candidate: &Candidate) -> ControlFlow<()> {
            self.0.push(candidate.number().to_string());
            ControlFlow::Continue(())
        }
        fn end(&mut self) {
            self.0.push("end".to_owned());
        }
    }
    let mut calls = Calls::default();
    rates(Search::grid(), [0.5, 2.0]).run_observed(&by_rate(), &mut calls).unwrap();
    assert_eq!(calls.0, ["start 2", "0", "1", "end"]);
    let mut calls = Calls::default();
    rates(Search::grid(), [0.5, 0.1, 0.6, 0.4]).halving(2).run_observed(&by_rate(), &mut calls).unwrap();
    assert_eq!(calls.0, ["start 7", "0", "1", "2", "3", "0", "2", "2", "end"]);
}

#[test]
fn an_observer_may_wait_for_the_pool() {
    // A wait on a thread of the pool runs other folds, which end while the observer is called.
    let calls = AtomicUsize::new(0);
    let search = rates(Search::grid(), (0..50).map(|index| f64::from(index) / 50.0)).folds(Folds::plain(4));
    in_pools(|| {
        search
            .run_observed(&by_rate(), &mut |_: &Candidate| {
                rayon::join(rayon::yield_now, || calls.fetch_add(1, Ordering::Relaxed));
                ControlFlow::Continue(())
            })
            .unwrap()
            .candidates()
            .len()
    });
    assert_eq!(calls.into_inner(), 150);
}

#[test]
fn halving_trains_the_best_longer_and_ranks_them_first() {
    // Higher rates look better early, and are worse with more epochs.
    let trained = Mutex::new(Vec::new());
    let estimator = Formula::new(4, Scoring::LogLoss, |settings: &Settings, rows: &[usize]| {
        if rows.contains(&0) {
            trained.lock().unwrap().push((settings.epochs, (settings.learning_rate * 10.0).round() as usize));
        }
        let (rate, epochs) = (settings.learning_rate, settings.epochs as f64);
        Ok(1.0 / (rate * epochs) + rate)
    });
    let estimator = Formula { settings: Settings { epochs: 90, ..Settings::default() }, ..estimator };
    let all = (1..=10).map(|index| f64::from(index) / 10.0);
    let result = rates(Search::grid(), all).folds(Folds::plain(2)).halving(3).run(&estimator).unwrap();
    // ⌊log₃ 10⌋ = 2 rounds before the last: 10 candidates for 10 epochs, 3 for 30, 1 for 90.
    let mut trained = std::mem::take(&mut *trained.lock().unwrap());
    trained.sort_unstable();
    let expected: Vec<_> = (1..=10).map(|rate| (10, rate)).chain([(30, 2), (30, 3), (30, 4), (90, 2)]).collect();
    assert_eq!(trained, expected);
    assert_eq!(result.best().number(), 1);
    assert_eq!((result.best().epochs(), result.best().round(), result.best().settings().epochs), (90, 2, 90));
    // 3 and 4 reached the second round.
    let first: Vec<_> =
        result.candidates().iter().map(|candidate| (candidate.number(), candidate.epochs())).take(4).collect();
    assert_eq!(first[..3], [(1, 90), (2, 30), (3, 30)]);
    assert_eq!(first[3].1, 10);
    assert!(
        result
            .to_string()
            .starts_with("rank  learning_rate  epochs  log_loss  deviation  fit seconds\n   1            0.2      90")
    );
    assert_eq!(result.model().epochs, 90);
}

#[test]
fn halving_goes_on_with_fewer_when_candidates_fail_and_can_be_ended() {
    // The best two of the first round diverge.
    let estimator = Formula::new(12, Scoring::R2, |settings: &Settings, _: &[usize]| {
        if settings.learning_rate > 0.7 { Err(diverged()) } else { Ok(settings.learning_rate) }
    });
    let all = || (1..=8).map(|index| f64::from(index) / 10.0 + 0.1);
    let result = rates(Search::grid(), all()).halving(2).run(&estimator).unwrap();
    assert_eq!(numbers(&result), [5, 4, 3, 2, 1, 0, 6, 7]);
    assert_eq!(result.best().round(), 3);

    let mut calls = 0;
    let result = rates(Search::grid(), all()).halving(2).run_observed(&estimator, &mut |_: &Candidate| {
        calls += 1;
        if calls == 9 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    // Of the second round, which begins with candidate 2, that one is done.
    let result = result.unwrap();
    assert!(result.was_stopped());
    assert_eq!(numbers(&result), [2, 5, 4, 3, 1, 0, 6, 7]);
    assert_eq!(result.model().epochs, 200);
}

#[test]
fn nested_searches_choose_without_the_test_rows() {
    let estimator = Mean::of(&[1.0; 18]);
    let search = rates(Search::grid(), [0.1, 0.2]).folds(Folds::plain(3));
    let outer = Folds::plain(2).seed(7);
    let result = cross_validate(&search.on(&estimator), &outer).unwrap();
    assert_eq!(result.scores().test(), [0.0, 0.0]);
    let outer = outer.split(18, None).unwrap();
    let scored = estimator.scored.into_inner().unwrap();
    // For each outer fold: two candidates on three folds, and the best one on the outer test rows.
    assert_eq!(scored.len(), 2 * (2 * 3 + 1));
    for (train, test) in &outer {
        let inner: Vec<_> = scored
            .iter()
            .filter(|(fitted, tested)| fitted.iter().chain(tested).all(|row| train.contains(row)))
            .collect();
        assert_eq!(inner.len(), 6);
        assert!(inner.iter().all(|(fitted, tested)| (fitted.len(), tested.len()) == (6, 3)));
        assert_eq!(scored.iter().filter(|(fitted, tested)| fitted == train && tested == test).count(), 1);
    }
}

#[test]
fn nested_folds_keep_groups_together() {
    let estimator = Mean::of(&[1.0; 12]);
    let groups = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5];
    let search = rates(Search::grid(), [0.1]).folds(Folds::grouped(2, &groups));
    cross_validate(&search.on(&estimator), &Folds::grouped(3, &groups)).unwrap();
    let scored = estimator.scored.into_inner().unwrap();
    assert_eq!(scored.len(), 9);
    for (fitted, tested) in scored {
        assert!(tested.iter().all(|&row| fitted.iter().all(|&other| groups[row] != groups[other])));
    }
}

#[test]
fn nested_searches_do_not_depend_on_the_number_of_threads() {
    let estimator = Clouds::new(36);
    let search = rates(Search::grid(), [0.01, 0.1]).folds(Folds::new(2));
    let [one, two, four] = in_pools(|| cross_validate(&search.on(&estimator), &Folds::new(3)).unwrap());
    assert_eq!((&one, &one), (&two, &four));
    let bound = search.on(&estimator);
    assert_eq!((bound.len(), bound.default_scoring()), (36, Scoring::Accuracy));
}

#[cfg(feature = "serde")]
#[test]
fn a_ranking_survives_json() {
    use feedforward::model_selection::Ranking;
    let result = rates(Search::grid(), [2.0, 0.1, 0.5]).run(&by_rate()).unwrap();
    let text = serde_json::to_string(result.ranking()).unwrap();
    assert!(
        text.starts_with(r#"{"scoring":"r2","candidates":[{"number":2,"parameters":[["learning_rate","0.5"]],"#),
        "{text}"
    );
    assert_eq!(&serde_json::from_str::<Ranking>(&text).unwrap(), result.ranking());
}
