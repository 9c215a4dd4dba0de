//! How long a writer that failed is left alone, while the next one stands in for it.

use jiff::SignedDuration;

use crate::ports::WriterError;

/// After the first failure; twice as long after each further one in a row.
const REST_FIRST: SignedDuration = SignedDuration::from_mins(1);
/// No writer is left alone for longer: a person may have mended it.
const REST_MAX: SignedDuration = SignedDuration::from_mins(30);

/// How long it rests after so many failures in a row, this one included; `None` if the failure says
/// nothing of the next request: the model would not write this batch, or wrote it badly.
pub fn rest(error: &WriterError, failures: u32) -> Option<SignedDuration> {
    match error {
        WriterError::RateLimited { after } => {
            let said = after.and_then(|after| SignedDuration::try_from(after).ok());
            Some(said.unwrap_or(REST_FIRST).min(REST_MAX))
        }
        WriterError::Unavailable(_) | WriterError::NotSent(_) => {
            let times = 1_i32 << failures.saturating_sub(1).min(10);
            Some(REST_FIRST.checked_mul(times).map_or(REST_MAX, |rest| rest.min(REST_MAX)))
        }
        // No retry helps until a person acts.
        WriterError::OutOfCredit(_) | WriterError::Unauthorized(_) | WriterError::BadRequest(_) => {
            Some(REST_MAX)
        }
        WriterError::Refused(_) | WriterError::Unusable(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_writer_rests_as_long_as_its_failure_says() {
        let away = || WriterError::Unavailable(String::new());
        let minutes = |minutes| Some(SignedDuration::from_mins(minutes));
        for (error, failures, expected) in [
            (away(), 1, minutes(1)),
            (away(), 2, minutes(2)),
            (WriterError::NotSent(String::new()), 2, minutes(2)),
            (away(), 5, minutes(16)),
            (away(), 6, minutes(30)),
            (away(), u32::MAX, minutes(30)),
            (WriterError::RateLimited { after: None }, 3, minutes(1)),
            (WriterError::RateLimited { after: Some(Duration::from_mins(2)) }, 1, minutes(2)),
            (WriterError::RateLimited { after: Some(Duration::MAX) }, 1, minutes(1)),
            (WriterError::OutOfCredit(String::new()), 1, minutes(30)),
            (WriterError::Refused(String::new()), 1, None),
            (WriterError::Unusable(String::new()), 9, None),
        ] {
            assert_eq!(rest(&error, failures), expected, "{error:?} {failures}");
        }
    }
}
