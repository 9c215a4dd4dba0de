//! Reading an answer without trusting its size.

use domain::ports::LostBecause;
use reqwest::Response;

use super::fault;

/// Why there is no whole body.
#[derive(Debug)]
pub(super) enum BodyFault {
    /// It is larger than was asked for, as it came or unpacked.
    TooLarge { bytes_max: usize },
    /// The connection or the packing broke.
    Broken(LostBecause, String),
}

impl From<BodyFault> for (LostBecause, String) {
    fn from(fault: BodyFault) -> Self {
        match fault {
            BodyFault::TooLarge { bytes_max } => {
                (LostBecause::BrokenBody, format!("the answer is over {bytes_max} bytes"))
            }
            BodyFault::Broken(because, detail) => (because, detail),
        }
    }
}

/// The whole body, unpacked. Stops at the first byte over `bytes_max`, so that a small compressed
/// answer cannot fill the memory; the request's own time-out bounds how long it takes.
pub(super) async fn read(mut response: Response, bytes_max: usize) -> Result<Vec<u8>, BodyFault> {
    if response.content_length().is_some_and(|length| length > bytes_max as u64) {
        return Err(BodyFault::TooLarge { bytes_max });
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| broken(&error))? {
        if body.len() + chunk.len() > bytes_max {
            return Err(BodyFault::TooLarge { bytes_max });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn broken(error: &reqwest::Error) -> BodyFault {
    let because = if error.is_timeout() { LostBecause::TimedOut } else { LostBecause::BrokenBody };
    BodyFault::Broken(because, fault::describe(error))
}
