//! Money in millionths of a US dollar.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};

use serde::{Deserialize, Serialize};

/// Micro-dollars: 1 000 000 are one US dollar. Integers, because a sum of many small prices must
/// equal the bill to the last digit.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct MicroUsd(pub i64);

impl MicroUsd {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The amount in dollars, for the seed's `REAL` column and for people.
    #[expect(clippy::cast_precision_loss, reason = "amounts stay far below 2^53 micro-dollars")]
    pub fn dollars(self) -> f64 {
        self.0 as f64 / 1_000_000.0
    }
}

impl Add for MicroUsd {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for MicroUsd {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for MicroUsd {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

/// `$3.12`, `$0.015`, `$0.0004`: at least cents, then as many digits as matter.
impl fmt::Display for MicroUsd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let whole = self.0.unsigned_abs() / 1_000_000;
        let fraction = format!("{:06}", self.0.unsigned_abs() % 1_000_000);
        let digits = fraction.trim_end_matches('0').len().max(2);
        write!(f, "{sign}${whole}.{}", &fraction[..digits])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_shows_as_many_digits_as_matter() {
        for (micro, text) in [
            (0, "$0.00"),
            (15_000, "$0.015"),
            (400, "$0.0004"),
            (3_120_000, "$3.12"),
            (-1, "-$0.000001"),
        ] {
            assert_eq!(MicroUsd(micro).to_string(), text);
        }
    }
}
