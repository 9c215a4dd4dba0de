//! Money in millionths of a US dollar.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};
use std::str::FromStr;

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

/// Not an amount of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an amount in dollars with at most six decimals")]
pub struct MoneyError;

/// Dollars as people write them: `5`, `5.00`, `0.015`, `$2.50`. Digit by digit, so that no cent is lost
/// to a fraction that no computer can hold.
impl FromStr for MicroUsd {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let text = text.strip_prefix('$').unwrap_or(text);
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !are_digits(whole) || !are_digits(fraction) || fraction.len() > 6 {
            return Err(MoneyError);
        }
        let whole: i64 = whole.parse().map_err(|_| MoneyError)?;
        let fraction: i64 = format!("{fraction:0<6}").parse().map_err(|_| MoneyError)?;
        let micro = whole.checked_mul(1_000_000).and_then(|micro| micro.checked_add(fraction));
        micro.map(Self).ok_or(MoneyError)
    }
}

impl Add for MicroUsd {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for MicroUsd {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for MicroUsd {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
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

    #[test]
    fn dollars_are_read_to_the_last_digit() {
        for (text, micro) in [
            ("5", 5_000_000),
            ("5.00", 5_000_000),
            ("$2.5", 2_500_000),
            ("0.000001", 1),
            ("0.1", 100_000),
            ("0", 0),
        ] {
            assert_eq!(text.parse(), Ok(MicroUsd(micro)), "{text}");
        }
        for wrong in ["", ".", "5.", ".5", "-1", "+1", "1e3", "0.0000001", "1,5", "99999999999999"]
        {
            assert_eq!(wrong.parse::<MicroUsd>(), Err(MoneyError), "{wrong}");
        }
    }
}
