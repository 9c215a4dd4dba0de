//! One measured figure beside its promise.

use serde::Serialize;

/// What was promised.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// The value may be so large.
    AtMost(f64),
    /// The value must be so large.
    AtLeast(f64),
    /// The ratio to the baseline must be so large.
    RatioAtLeast(f64),
    /// The ratio to the baseline may be so large.
    RatioAtMost(f64),
    /// Nothing: it explains another figure.
    None,
}

/// Something simpler, measured in the same run, that says what this machine can do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Baseline {
    /// What it is.
    pub what: String,
    /// In the unit of the figure.
    pub value: f64,
}

/// One figure.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// What was measured.
    pub name: String,
    /// The value.
    pub value: f64,
    /// Of what.
    pub unit: &'static str,
    /// The promise.
    pub target: Target,
    /// What it is compared with.
    pub baseline: Option<Baseline>,
    /// What a reader must know to read it right.
    pub notes: Vec<String>,
}

impl Figure {
    /// A figure without a baseline.
    pub fn new(name: impl Into<String>, value: f64, unit: &'static str, target: Target) -> Self {
        Self { name: name.into(), value, unit, target, baseline: None, notes: Vec::new() }
    }

    /// The same beside `value` of something simpler.
    pub fn beside(self, what: impl Into<String>, value: f64) -> Self {
        Self { baseline: Some(Baseline { what: what.into(), value }), ..self }
    }

    /// The same with a remark.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Value over baseline.
    pub fn ratio(&self) -> Option<f64> {
        self.baseline.as_ref().map(|baseline| self.value / baseline.value)
    }

    /// Whether the promise is kept; `None` where there is none.
    pub fn is_met(&self) -> Option<bool> {
        let ratio = self.ratio().unwrap_or(f64::NAN);
        match self.target {
            Target::AtMost(most) => Some(self.value <= most),
            Target::AtLeast(least) => Some(self.value >= least),
            Target::RatioAtLeast(least) => Some(ratio >= least),
            Target::RatioAtMost(most) => Some(ratio <= most),
            Target::None => None,
        }
    }
}

/// The middle one; of an even number the upper of the two.
pub fn median<T: Copy + PartialOrd>(values: &[T]) -> T {
    quantile(values, 0.5)
}

/// The value below which so much of them lies.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "an index into a list that fits into memory"
)]
pub fn quantile<T: Copy + PartialOrd>(values: &[T], share: f64) -> T {
    let mut sorted = values.to_vec();
    sorted.sort_by(|a, b| a.partial_cmp(b).expect("measured times are numbers"));
    let place = (sorted.len() as f64 * share) as usize;
    sorted[place.min(sorted.len() - 1)]
}
