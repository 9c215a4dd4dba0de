//! What a person reads of a run.

use std::io::{self, Write};

use jiff::Timestamp;

use crate::bugs::Catch;
use crate::history::{Entry, Event};
use crate::plan::Size;
use crate::run::{Ended, Failure, Figures, Verdict};

/// Entries of a trace, at most: the last of them.
const TRACE_MAX: usize = 120;

/// The counts, the trace of a failure, and the verdict in one line.
pub fn tell(out: &mut impl Write, verdict: &Verdict, is_traced: bool) -> io::Result<()> {
    let figures = &verdict.figures;
    for (class, count) in &figures.counts {
        writeln!(out, "{count:>10}  {class}")?;
    }
    if let Ended::Broken(failure) = &verdict.ended {
        tell_failure(out, failure, is_traced)?;
    }
    writeln!(out, "{}: {}", word(&verdict.ended), tell_figures(figures))?;
    if let Ended::Void(missing) = &verdict.ended {
        writeln!(out, "void, because these never happened: {}", missing.join(", "))?;
    }
    Ok(())
}

/// One line for a defect that was caught.
pub fn tell_catch(out: &mut impl Write, catch: &Catch) -> io::Result<()> {
    let replay = if catch.hash == catch.replayed { "same" } else { "OTHER" };
    writeln!(
        out,
        "{:<28} seed {:>4} (after {:>2}), hash {:016x}, replayed: {replay}; {}",
        catch.bug.name(),
        catch.seed,
        catch.tried,
        catch.hash,
        catch.violation
    )
}

fn word(ended: &Ended) -> &'static str {
    match ended {
        Ended::Sound => "sound",
        Ended::Broken(_) => "BROKEN",
        Ended::Void(_) => "VOID",
    }
}

fn tell_figures(figures: &Figures) -> String {
    format!(
        "{:.1} bot-years in {} episodes, {} posts, {} ambiguous sends, {} doubles, {:.0} posts per \
         second and core, hash {:016x}",
        figures.years,
        figures.episodes,
        figures.posts,
        figures.ambiguous,
        figures.doubles,
        figures.posts_per_second(),
        figures.hash
    )
}

fn tell_failure(out: &mut impl Write, failure: &Failure, is_traced: bool) -> io::Result<()> {
    writeln!(out, "\nepisode {} ({} bots, {} days)", failure.seed, failure.bots, failure.days)?;
    let size = if failure.size == Size::BULK { "bulk" } else { "dense" };
    writeln!(
        out,
        "simulate --episode {} --size {size}, with the same other options, plays it again",
        failure.seed
    )?;
    let concerned: Vec<&Entry> = failure
        .entries
        .iter()
        .filter(|entry| is_traced || concerns(&entry.event, &failure.violation.bot))
        .collect();
    for entry in concerned.iter().rev().take(TRACE_MAX).rev() {
        writeln!(out, "{}  {:?}", at(entry.at), entry.event)?;
    }
    writeln!(out, "{}  {}\n", at(failure.violation.at), failure.violation)
}

fn at(millis: i64) -> String {
    Timestamp::from_millisecond(millis).map_or_else(|_| millis.to_string(), |at| format!("{at:.3}"))
}

fn concerns(event: &Event, who: &str) -> bool {
    match event {
        Event::Began { bot, .. }
        | Event::Ended { bot, .. }
        | Event::Dropped { bot, .. }
        | Event::Looked { bot, .. }
        | Event::Counted { bot, .. }
        | Event::Accepted { bot, .. }
        | Event::ByHand { bot, .. }
        | Event::Asks { bot }
        | Event::Approved { bot, .. }
        | Event::Unapproved { bot, .. }
        | Event::OtherPolicy { bot }
        | Event::Paused { bot, .. } => bot == who,
        Event::Intended(stored) | Event::Recalled(stored) => stored.bot == who,
        Event::Settled { .. } | Event::Leased { .. } => false,
        Event::Starts { .. }
        | Event::Down { .. }
        | Event::Clock { .. }
        | Event::Distrusted { .. }
        | Event::KillSwitch { .. }
        | Event::Removed { .. }
        | Event::Restored
        | Event::Said(_) => true,
    }
}
