//! Why something was not done.

use axum::http::StatusCode;
use domain::model::PostId;
use domain::ports::store::Said;
use domain::rules::review::Finding;

use crate::problem::Problem;

/// A refusal that the caller can do something about. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct No {
    /// A stable word for programs.
    pub(crate) code: &'static str,
    /// A sentence for people.
    pub(crate) said: String,
}

impl No {
    pub(crate) fn new(code: &'static str, said: impl Into<String>) -> Self {
        Self { code, said: said.into() }
    }

    /// Why an act about a post does not count; `None` where it does.
    pub(super) fn to_act(said: &Said, id: PostId) -> Option<Self> {
        let code = match said {
            Said::Done(_) => return None,
            Said::NoPost => "no_such_post",
            Said::Changed => "changed",
            Said::TooLate(_) => "too_late",
            Said::InDoubt => "in_doubt",
        };
        Some(Self::new(code, sentence(&said.tell(id))))
    }

    pub(super) fn no_post(id: PostId) -> Self {
        Self::new("no_such_post", sentence(&Said::NoPost.tell(id)))
    }

    pub(super) fn changed(id: PostId) -> Self {
        Self::new("changed", sentence(&Said::Changed.tell(id)))
    }

    /// Review does not let the text through, and nobody can.
    pub(super) fn blocked(before: &str, finding: &Finding) -> Self {
        Self::new("blocked_by_review", format!("{before}: the text {}.", finding.message))
    }

    /// As the API tells it.
    pub(crate) fn problem(self) -> Problem {
        let status = match self.code {
            "no_such_post" | "no_such_slot" | "no_such_bot" | "no_such_evergreen" => {
                StatusCode::NOT_FOUND
            }
            "changed" => StatusCode::PRECONDITION_FAILED,
            _ => StatusCode::CONFLICT,
        };
        Problem::new(status, self.code, self.said)
    }
}

fn sentence(told: &str) -> String {
    let mut letters = told.chars();
    letters
        .next()
        .map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}
