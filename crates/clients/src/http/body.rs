//! Reading an answer without trusting its size.

use domain::ports::LostBecause;
use reqwest::Response;

use super::fault;

/// The whole body, unpacked. Stops at the first byte over `bytes_max`, so that a small compressed
/// answer cannot fill the memory; the request's own time-out bounds how long it takes.
pub(super) async fn read(
    mut response: Response,
    bytes_max: usize,
) -> Result<Vec<u8>, (LostBecause, String)> {
    let too_large = || (LostBecause::BrokenBody, format!("the answer is over {bytes_max} bytes"));
    if response.content_length().is_some_and(|length| length > bytes_max as u64) {
        return Err(too_large());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| broken(&error))? {
        if body.len() + chunk.len() > bytes_max {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn broken(error: &reqwest::Error) -> (LostBecause, String) {
    let because = if error.is_timeout() { LostBecause::TimedOut } else { LostBecause::BrokenBody };
    (because, fault::describe(error))
}
