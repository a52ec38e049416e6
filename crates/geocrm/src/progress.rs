//! Progress for people: a bar on a terminal, a plain line per step elsewhere.

use geocrm_app::load::Progress;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::Mutex;

/// Shows the steps of long work on standard error.
pub struct Shown {
    bar: Option<ProgressBar>,
    last: Mutex<String>,
}

impl Shown {
    pub fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(1);
            let style = ProgressStyle::with_template("{bar:30} {percent:>3} %  {msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar
        });
        Self {
            bar,
            last: Mutex::new(String::new()),
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Shown {
    fn step(&self, what: &str, done: u64, of: u64) {
        if let Some(bar) = &self.bar {
            bar.set_length(of.max(1));
            bar.set_position(done);
            bar.set_message(what.to_owned());
            return;
        }
        if let Ok(mut last) = self.last.lock()
            && *last != what
        {
            eprintln!("{what} …");
            what.clone_into(&mut last);
        }
    }
}
