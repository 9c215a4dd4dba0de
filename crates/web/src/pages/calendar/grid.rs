//! The cells of a month, a week or a day: civil days and hours of a zone as stretches of time. A day is as
//! long as its clock makes it, and where the clock jumps the cell says so.

use domain::ports::store::Span;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use serde::Deserialize;

/// What one looks at.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum View {
    Month,
    #[default]
    Week,
    Day,
}

impl View {
    /// As the address says it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Week => "week",
            Self::Day => "day",
        }
    }

    /// Slots that a cell shows one by one; more of them fold to a count.
    pub(super) fn chips_max(self) -> usize {
        match self {
            Self::Month => 6,
            Self::Week => 30,
            Self::Day => 40,
        }
    }
}

/// One day, or one hour of a day.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cell {
    pub(super) date: Date,
    pub(super) label: String,
    /// What the clock does in it, where it does not just go on.
    pub(super) note: Option<String>,
    pub(super) span: Span,
    pub(super) is_today: bool,
    /// A day of the months before and after.
    pub(super) is_outside: bool,
}

/// All cells.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Grid {
    pub(super) view: View,
    pub(super) title: String,
    pub(super) cells: Vec<Cell>,
    pub(super) before: Date,
    pub(super) after: Date,
    pub(super) today: Date,
}

impl Grid {
    /// What `view` shows around `date`.
    pub(super) fn of(view: View, date: Date, zone: &TimeZone, now: Timestamp) -> Self {
        let today = now.to_zoned(zone.clone()).date();
        let (title, cells, before, after) = match view {
            View::Month => {
                let (first, last) = (date.first_of_month(), date.last_of_month());
                let days = days(monday(first), sunday(last));
                let cells = days.map(|day| {
                    let is_outside = day.month() != date.month();
                    Cell { is_outside, ..day_cell(day, zone, today) }
                });
                let title = date.strftime("%B %Y").to_string();
                (
                    title,
                    cells.collect(),
                    first.saturating_sub(1.day()),
                    last.saturating_add(1.day()),
                )
            }
            View::Week => {
                let (first, last) = (monday(date), sunday(date));
                let title =
                    format!("{} to {}", first.strftime("%-d %b"), last.strftime("%-d %b %Y"));
                let cells = days(first, last).map(|day| day_cell(day, zone, today)).collect();
                (title, cells, date.saturating_sub(7.days()), date.saturating_add(7.days()))
            }
            View::Day => {
                let title = date.strftime("%A %-d %B %Y").to_string();
                let cells = hour_cells(date, zone, now);
                (title, cells, date.saturating_sub(1.day()), date.saturating_add(1.day()))
            }
        };
        Self { view, title, cells, before, after, today }
    }

    /// From the first cell's beginning to the last one's end.
    pub(super) fn span(&self) -> Span {
        let from = self.cells.first().map_or(Timestamp::UNIX_EPOCH, |cell| cell.span.from);
        Span { from, until: self.cells.last().map_or(from, |cell| cell.span.until) }
    }

    /// The cell that this moment is in.
    pub(super) fn place(&self, at: Timestamp) -> Option<usize> {
        let place = self.cells.partition_point(|cell| cell.span.until <= at);
        self.cells.get(place).is_some_and(|cell| cell.span.from <= at).then_some(place)
    }
}

fn monday(date: Date) -> Date {
    date.saturating_sub(i64::from(date.weekday().to_monday_zero_offset()).days())
}

fn sunday(date: Date) -> Date {
    monday(date).saturating_add(6.days())
}

fn days(first: Date, last: Date) -> impl Iterator<Item = Date> {
    first.series(1.day()).take_while(move |day| *day <= last)
}

fn instant(local: DateTime, zone: &TimeZone) -> Timestamp {
    zone.to_timestamp(local).unwrap_or(Timestamp::MAX)
}

fn day_span(date: Date, zone: &TimeZone) -> Span {
    let midnight = |date: Date| instant(date.at(0, 0, 0, 0), zone);
    Span { from: midnight(date), until: midnight(date.saturating_add(1.day())) }
}

fn day_cell(date: Date, zone: &TimeZone, today: Date) -> Cell {
    let span = day_span(date, zone);
    let change = zone.following(span.from).next().map(|change| change.timestamp());
    let note = change.filter(|at| *at < span.until).and_then(|at| clock_note(at, zone));
    Cell {
        date,
        label: date.strftime("%-d").to_string(),
        note,
        span,
        is_today: date == today,
        is_outside: false,
    }
}

/// What the clock does at `at`: nothing to say where only its name changes.
fn clock_note(at: Timestamp, zone: &TimeZone) -> Option<String> {
    let just_before = at - SignedDuration::from_nanos(1);
    let (before, after) = (zone.to_offset(just_before), zone.to_offset(at));
    let (left, came) = (before.to_datetime(at), after.to_datetime(at));
    let form = |local: DateTime| local.strftime("%H:%M").to_string();
    match after.seconds() - before.seconds() {
        0 => None,
        1.. => Some(format!("clocks go forward: {} to {} does not exist", form(left), form(came))),
        ..0 => Some(format!("clocks go back: {} to {} comes twice", form(came), form(left))),
    }
}

/// Hour by hour as it passes, so an hour that comes twice stands twice and one that does not exist is not
/// there.
fn hour_cells(date: Date, zone: &TimeZone, now: Timestamp) -> Vec<Cell> {
    let day = day_span(date, zone);
    let mut cells: Vec<Cell> = Vec::new();
    let mut from = day.from;
    while from < day.until {
        let until = (from + SignedDuration::from_hours(1)).min(day.until);
        let local = zone.to_datetime(from);
        let change = zone.following(from - SignedDuration::from_nanos(1)).next();
        let change = change.map(|change| change.timestamp()).filter(|at| *at < until);
        cells.push(Cell {
            date,
            label: local.strftime("%H:%M").to_string(),
            note: change.and_then(|at| clock_note(at, zone)),
            span: Span { from, until },
            is_today: from <= now && now < until,
            is_outside: false,
        });
        from = until;
    }
    cells
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use testkit::at;

    use super::*;

    fn berlin() -> TimeZone {
        TimeZone::get("Europe/Berlin").unwrap()
    }

    fn grid(view: View, on: Date) -> Grid {
        Grid::of(view, on, &berlin(), at("2026-11-23T14:02:31Z"))
    }

    #[test]
    fn a_month_is_whole_weeks() {
        let november = grid(View::Month, date(2026, 11, 23));
        assert_eq!(november.title, "November 2026");
        assert_eq!(november.cells.len(), 42);
        assert_eq!(november.cells[0].date, date(2026, 10, 26));
        assert!(november.cells[0].is_outside && !november.cells[6].is_outside);
        assert_eq!((november.before, november.after), (date(2026, 10, 31), date(2026, 12, 1)));
        assert_eq!(grid(View::Month, date(2027, 2, 10)).cells.len(), 28);
        let today: Vec<Date> =
            november.cells.iter().filter(|cell| cell.is_today).map(|cell| cell.date).collect();
        assert_eq!(today, [date(2026, 11, 23)]);
    }

    #[test]
    fn a_week_begins_on_monday_and_its_cells_meet() {
        let week = grid(View::Week, date(2026, 11, 29));
        assert_eq!(week.title, "23 Nov to 29 Nov 2026");
        assert!(week.cells.windows(2).all(|two| two[0].span.until == two[1].span.from));
        assert_eq!(week.span().from, at("2026-11-22T23:00:00Z"));
        assert_eq!(week.place(at("2026-11-22T22:59:59Z")), None);
        assert_eq!(week.place(at("2026-11-22T23:00:00Z")), Some(0));
        assert_eq!(week.place(at("2026-11-29T22:59:59Z")), Some(6));
        assert_eq!(week.place(at("2026-11-29T23:00:00Z")), None);
    }

    #[test]
    fn an_hour_that_comes_twice_stands_twice_and_one_that_does_not_exist_is_not_there() {
        let labels = |day: &Grid| day.cells.iter().map(|c| c.label.clone()).collect::<Vec<_>>();
        let autumn = grid(View::Day, date(2027, 10, 31));
        assert_eq!(autumn.cells.len(), 25);
        assert_eq!(labels(&autumn)[1..5], ["01:00", "02:00", "02:00", "03:00"]);
        let note = autumn.cells[3].note.as_deref();
        assert_eq!(note, Some("clocks go back: 02:00 to 03:00 comes twice"));
        let spring = grid(View::Day, date(2027, 3, 28));
        assert_eq!(spring.cells.len(), 23);
        assert_eq!(labels(&spring)[1..4], ["01:00", "03:00", "04:00"]);
        let note = spring.cells[2].note.as_deref();
        assert_eq!(note, Some("clocks go forward: 02:00 to 03:00 does not exist"));
        let week = grid(View::Week, date(2027, 3, 28));
        assert_eq!(week.cells[6].note, spring.cells[2].note);
        assert_eq!(week.cells[5].note, None);
    }
}
