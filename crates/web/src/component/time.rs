//! Times, as people read them: relative where it is near, absolute with its zone on hover.

use std::fmt;
use std::time::Duration;

use askama::filters::HtmlSafe;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A moment on a page.
///
/// Two are equal when they are the same instant: that the clock moves on is no reason to send a
/// board again, because the page's script keeps relative times running.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    at: Timestamp,
    now: Timestamp,
    zone: Option<String>,
    form: Form,
}

/// How it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// `in 3 min`.
    Relative,
    /// `over 14 d`: it is at least that long.
    Over,
    /// `14:05:00`; on another day `Tue 14:05` or `24 Dec`.
    Clock,
    /// `23 Nov 14:05:00`; with its year where that is another one.
    Stamp,
}

impl Moment {
    /// `in 3 min`.
    pub(crate) fn relative(at: Timestamp, now: Timestamp) -> Self {
        Self { at, now, zone: None, form: Form::Relative }
    }

    /// `over 14 d`.
    pub(crate) fn over(at: Timestamp, now: Timestamp) -> Self {
        Self { at, now, zone: None, form: Form::Over }
    }

    /// `14:05:00`.
    pub(crate) fn clock(at: Timestamp, now: Timestamp) -> Self {
        Self { at, now, zone: None, form: Form::Clock }
    }

    /// `23 Nov 14:05:00`.
    pub(crate) fn stamp(at: Timestamp, now: Timestamp) -> Self {
        Self { at, now, zone: None, form: Form::Stamp }
    }

    /// With the time in that zone on hover, too.
    pub(crate) fn in_zone(mut self, zone: Option<&str>) -> Self {
        self.zone = zone.filter(|zone| *zone != "UTC").map(str::to_owned);
        self
    }

    fn title(&self) -> String {
        let absolute = self.at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
        let zone = self.zone.as_deref().and_then(|name| TimeZone::get(name).ok());
        match (zone, self.zone.as_deref()) {
            (Some(zone), Some(name)) => {
                let local = self.at.to_zoned(zone);
                format!("{absolute} · {} {name}", local.strftime("%a %H:%M:%S"))
            }
            (None | Some(_), _) => absolute,
        }
    }
}

impl PartialEq for Moment {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at && self.form == other.form && self.zone == other.zone
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Nothing here needs escaping: digits, names of months and of IANA zones.
        let (live, words) = match self.form {
            Form::Relative => (" data-live", relative(self.at, self.now)),
            Form::Over => (" data-live=\"over\"", over(self.at, self.now)),
            Form::Clock => ("", clock(self.at, self.now)),
            Form::Stamp => ("", stamp(self.at, self.now)),
        };
        let title = self.title();
        write!(f, "<time datetime=\"{}\" title=\"{title}\"{live}>{words}</time>", self.at)
    }
}

impl HtmlSafe for Moment {}

/// `in 42 s`, `3 min ago`; `static/app.js` says the same.
fn relative(at: Timestamp, now: Timestamp) -> String {
    let secs = at.duration_since(now).as_secs();
    let near = span(secs.unsigned_abs());
    match secs {
        0 => "now".to_owned(),
        1.. => format!("in {near}"),
        ..0 => format!("{near} ago"),
    }
}

fn over(at: Timestamp, now: Timestamp) -> String {
    let secs = u64::try_from(at.duration_since(now).as_secs()).unwrap_or(0);
    format!("over {}", span(secs))
}

/// `42 s`, `3 min`, `5 h`, `31 d`.
fn span(secs: u64) -> String {
    match secs {
        0..60 => format!("{secs} s"),
        60..3600 => format!("{} min", secs / 60),
        3600..86_400 => format!("{} h", secs / 3600),
        86_400.. => format!("{} d", secs / 86_400),
    }
}

fn clock(at: Timestamp, now: Timestamp) -> String {
    let day = |time: Timestamp| time.to_zoned(TimeZone::UTC).date();
    let is_this_week = at.duration_since(now).unsigned_abs() < Duration::from_hours(6 * 24);
    let form = match day(at) == day(now) {
        true => "%H:%M:%S",
        false if is_this_week => "%a %H:%M",
        false => "%-d %b",
    };
    at.strftime(form).to_string()
}

fn stamp(at: Timestamp, now: Timestamp) -> String {
    let year = |time: Timestamp| time.to_zoned(TimeZone::UTC).year();
    let form = if year(at) == year(now) { "%-d %b %H:%M:%S" } else { "%-d %b %Y %H:%M" };
    at.strftime(form).to_string()
}

#[cfg(test)]
mod tests {
    use testkit::at;

    use super::*;

    #[test]
    fn near_times_are_relative() {
        let now = at("2026-11-23T14:00:00Z");
        for (time, words) in [
            ("2026-11-23T14:00:00.9Z", "now"),
            ("2026-11-23T14:00:42Z", "in 42 s"),
            ("2026-11-23T13:59:18Z", "42 s ago"),
            ("2026-11-23T14:03:30Z", "in 3 min"),
            ("2026-11-23T12:00:01Z", "1 h ago"),
            ("2026-11-24T13:59:59Z", "in 23 h"),
            ("2026-12-24T14:00:00Z", "in 31 d"),
        ] {
            assert_eq!(relative(at(time), now), words, "{time}");
        }
    }

    #[test]
    fn the_absolute_time_is_on_hover_in_both_zones() {
        let now = at("2026-11-23T14:00:00Z");
        let tomorrow = at("2026-11-24T23:30:00Z");
        assert_eq!(
            Moment::clock(tomorrow, now).in_zone(Some("Europe/Berlin")).to_string(),
            r#"<time datetime="2026-11-24T23:30:00Z" title="2026-11-24 23:30:00 UTC · Wed 00:30:00 Europe/Berlin">Tue 23:30</time>"#
        );
        assert_eq!(
            Moment::clock(now, now).in_zone(Some("UTC")).to_string(),
            r#"<time datetime="2026-11-23T14:00:00Z" title="2026-11-23 14:00:00 UTC">14:00:00</time>"#
        );
    }

    #[test]
    fn a_moment_does_not_change_because_time_passes() {
        let due = at("2026-11-23T14:05:00Z");
        let earlier = Moment::relative(due, at("2026-11-23T14:00:00Z"));
        assert_eq!(earlier, Moment::relative(due, at("2026-11-23T14:04:00Z")));
        assert_ne!(earlier, Moment::clock(due, at("2026-11-23T14:00:00Z")));
    }
}
