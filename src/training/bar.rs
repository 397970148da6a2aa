//! [`Bar`]: a progress bar on standard error, or lines where that is no terminal.

/// A progress bar on standard error; where that is no terminal, it prints lines.
#[derive(Debug, Default)]
pub(crate) struct Bar(Option<indicatif::ProgressBar>);

impl Bar {
    /// Shows an empty bar of this length.
    pub(crate) fn start(&mut self, length: u64) {
        use indicatif::{ProgressBar, ProgressStyle};
        let style = ProgressStyle::with_template("[{elapsed_precise}] {wide_bar} {pos}/{len} {msg} ({eta} left)");
        let bar = ProgressBar::new(length);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        self.0 = Some(bar);
    }

    /// Moves the bar one further. It is drawn at most twenty times a second.
    pub(crate) fn advance(&self) {
        if let Some(bar) = &self.0 {
            bar.inc(1);
        }
    }

    /// Returns whether there is a bar to be seen.
    pub(crate) fn is_visible(&self) -> bool {
        self.0.as_ref().is_some_and(|bar| !bar.is_hidden())
    }

    /// Shows a text beside a visible bar; does nothing without one.
    pub(crate) fn set_message(&self, text: String) {
        if let Some(bar) = &self.0 {
            bar.set_message(text);
        }
    }

    /// Shows a text beside the bar, or prints it as a line.
    pub(crate) fn report(&self, text: String) {
        if self.is_visible() { self.set_message(text) } else { eprintln!("{text}") }
    }

    /// Leaves the bar as it is.
    pub(crate) fn end(&mut self) {
        if let Some(bar) = self.0.take() {
            bar.abandon();
        }
    }
}
