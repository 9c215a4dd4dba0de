//! One thing that was tried.

use crate::output::Accent;

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Good,
    /// A node would run, but someone should look.
    Doubtful,
    /// A node would not run, or not post.
    Bad,
}

impl Outcome {
    /// Four letters at most.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Doubtful => "look",
            Self::Bad => "mend",
        }
    }

    pub(super) fn accent(self) -> Accent {
        match self {
            Self::Good => Accent::Good,
            Self::Doubtful => Accent::Warn,
            Self::Bad => Accent::Bad,
        }
    }
}

/// One thing that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) area: &'static str,
    pub(super) outcome: Outcome,
    pub(super) detail: String,
    pub(super) mend: Option<String>,
}

impl Finding {
    pub(super) fn good(area: &'static str, detail: impl Into<String>) -> Self {
        Self { area, outcome: Outcome::Good, detail: detail.into(), mend: None }
    }

    pub(super) fn doubtful(
        area: &'static str,
        detail: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        let (detail, mend) = (detail.into(), Some(mend.into()));
        Self { area, outcome: Outcome::Doubtful, detail, mend }
    }

    pub(super) fn bad(
        area: &'static str,
        detail: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        let (detail, mend) = (detail.into(), Some(mend.into()));
        Self { area, outcome: Outcome::Bad, detail, mend }
    }
}
