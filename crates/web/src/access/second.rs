//! The second factor: a code that changes every thirty seconds (TOTP, RFC 6238).

use domain::model::Secret;
use qrcode::QrCode;
use qrcode::render::svg;
use totp_rs::{Builder, Totp};

use super::random::bytes;

/// Seconds of a code.
const STEP_SECS: u64 = 30;

/// A key that a person's telephone knows too.
pub(crate) struct Second(Totp);

impl Second {
    /// A new key for that person.
    pub(crate) fn new(name: &str) -> Option<Self> {
        Self::of(bytes::<20>().to_vec(), name)
    }

    /// The key that was kept.
    pub(crate) fn kept(key: &Secret, name: &str) -> Option<Self> {
        let secret = totp_rs::Secret::try_from_base32(key.open()).ok()?;
        Self::of(secret.as_bytes().to_vec(), name)
    }

    fn of(key: Vec<u8>, name: &str) -> Option<Self> {
        let totp = Builder::new()
            .with_secret(key)
            .with_skew(1)
            .with_step_duration(STEP_SECS)
            .with_account_name(name)
            .with_issuer(Some("Flockwork"))
            .build();
        totp.ok().map(Self)
    }

    /// The key, in base32.
    pub(crate) fn key(&self) -> Secret {
        Secret::new(self.0.secret().to_base32())
    }

    /// The address that a telephone reads.
    pub(crate) fn url(&self) -> String {
        self.0.to_url().unwrap_or_default()
    }

    /// The step of a code that is right now, or was or will be in thirty seconds. It may be used once.
    pub(crate) fn step(&self, code: &str, now: jiff::Timestamp) -> Option<i64> {
        let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let seconds = u64::try_from(now.as_second()).ok()?;
        self.0.check(&code, seconds).and_then(|step| i64::try_from(step).ok())
    }
}

/// A picture of the address, for a telephone's camera.
pub(crate) fn qr_svg(url: &str) -> Option<String> {
    let code = QrCode::new(url.as_bytes()).ok()?;
    let picture = code.render::<svg::Color<'_>>().min_dimensions(200, 200).build();
    // Without the line that says it is XML: it stands in a page.
    picture.split_once("<svg").map(|(_, rest)| format!("<svg{rest}"))
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::*;

    #[test]
    fn a_code_is_right_for_its_time_and_a_step_beside() {
        let second = Second::kept(&Secret::new("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), "eve").unwrap();
        // RFC 6238, appendix B: at 59 s the code of eight digits is 94287082.
        let at = |seconds| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds);
        assert_eq!(second.step("287082", at(59)), Some(1));
        assert_eq!(second.step("287 082", at(89)), Some(1));
        assert_eq!(second.step("287082", at(150)), None);
        assert_eq!(second.step("", at(59)), None);
        assert_eq!(second.step("28708", at(59)), None);
    }

    #[test]
    fn a_new_key_is_kept_and_drawn() {
        let new = Second::new("eve").unwrap();
        let kept = Second::kept(&new.key(), "eve").unwrap();
        assert_eq!(kept.url(), new.url());
        assert!(new.url().starts_with("otpauth://totp/Flockwork:eve"), "{}", new.url());
        assert!(qr_svg(&new.url()).unwrap().starts_with("<svg"));
    }
}
