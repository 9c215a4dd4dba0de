//! How far a copy is, for someone who watches.

use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use store::backup::{Progress, Watch};

use super::Context;

const COPYING: &str = "{spinner} copying {percent}% {bar:40}";
const CHECKING: &str = "{spinner} reading it back, {elapsed}";
const BEAT: Duration = Duration::from_millis(100);

/// A bar on the terminal; nothing where nobody watches.
pub struct Bar(ProgressBar);

impl Bar {
    pub fn new(context: &Context) -> Self {
        let bar =
            if context.out.is_watched() { ProgressBar::new(1) } else { ProgressBar::hidden() };
        bar.enable_steady_tick(BEAT);
        Self(bar)
    }

    /// Shows how far `work` is, and goes away with it.
    pub fn watch<T>(self, work: impl FnOnce(&mut Watch<'_>) -> T) -> T {
        let mut told = |progress| match progress {
            Progress::Copying { done, of } => {
                self.dress(COPYING);
                self.0.set_length(of);
                self.0.set_position(done);
            }
            Progress::Checking => self.dress(CHECKING),
        };
        let done = work(&mut Watch::new(&mut told, Arc::default()));
        self.0.finish_and_clear();
        done
    }

    fn dress(&self, template: &str) {
        let style = ProgressStyle::with_template(template);
        self.0.set_style(style.expect("the template is a constant"));
    }
}
