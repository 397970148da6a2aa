//! What the observers that report say, and where.

#![cfg(any(feature = "progress", feature = "log"))]

use feedforward::metrics::MeanAbsoluteError;
use feedforward::training::{LogEpochs, Observer, ProgressBar};
use feedforward::*;
use ndarray::array;

/// Three epochs of four steps.
fn fit(observer: impl Observer<f64>) {
    let inputs = array![[1.0], [2.0], [3.0], [4.0], [5.0], [6.0], [7.0], [8.0]];
    let data = Dataset::new(&inputs / 8.0, inputs).unwrap();
    let mut network = Network::<f64>::builder(1).dense(1, Identity).build().unwrap();
    let mut trainer = Trainer::new(3).batch_size(2).validation(&data).metric(MeanAbsoluteError).observer(observer);
    trainer.fit(&mut network, &data, &Mse, &mut Sgd::new(0.1).unwrap()).unwrap();
}

fn assert_one_line_for_each_epoch(lines: &[&str]) {
    assert_eq!(lines.len(), 3, "{lines:?}");
    for (epoch, line) in (1..).zip(lines) {
        assert!(line.starts_with(&format!("epoch {epoch}: loss ")), "{line}");
        assert!(line.contains(", validation ") && line.contains(", mae "), "{line}");
    }
}

/// Runs this very test once more as a process of its own, whose standard error is a pipe.
#[cfg(feature = "progress")]
#[test]
fn a_progress_bar_that_is_no_terminal_prints_one_plain_line_for_each_epoch() {
    if std::env::var_os("FEEDFORWARD_PROGRESS").is_some() {
        return fit(ProgressBar::new());
    }
    let name = "observers::a_progress_bar_that_is_no_terminal_prints_one_plain_line_for_each_epoch";
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env("FEEDFORWARD_PROGRESS", "1")
        .output()
        .unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(!text.contains(['\r', '\u{1b}']), "{text:?}");
    assert_one_line_for_each_epoch(&text.lines().filter(|line| line.contains("loss")).collect::<Vec<_>>());
}

#[cfg(feature = "log")]
#[test]
fn a_line_for_each_epoch_goes_to_the_log() {
    use std::sync::Mutex;
    struct Lines(Mutex<Vec<String>>);
    impl log::Log for Lines {
        fn enabled(&self, _: &log::Metadata<'_>) -> bool {
            true
        }
        fn log(&self, record: &log::Record<'_>) {
            assert_eq!((record.target(), record.level()), ("feedforward", log::Level::Info));
            self.0.lock().unwrap().push(record.args().to_string());
        }
        fn flush(&self) {}
    }
    static LINES: Lines = Lines(Mutex::new(Vec::new()));
    log::set_logger(&LINES).unwrap();
    log::set_max_level(log::LevelFilter::Info);
    fit(LogEpochs);
    let lines = LINES.0.lock().unwrap();
    assert_one_line_for_each_epoch(&lines.iter().map(String::as_str).collect::<Vec<_>>());
}
