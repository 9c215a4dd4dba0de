//! `flockwork key status`.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;
use store::KeyUse;
use store::backup::BackupFolder;

use crate::cli::context::Context;
use crate::cli::words::{absolute, count, near};
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::output::Format;
use crate::unlock::what;

/// A key that this node has or needs.
struct Line {
    used: KeyUse,
    /// Its place in the ring.
    place: Option<usize>,
    /// Copies of the database in the folder from before nothing was sealed under it any more.
    backups: Vec<Timestamp>,
}

pub(super) async fn run(mut context: Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let db = context.open_existing(&config).await?;
    let uses = db.key_uses().await?;
    let clear = db.count_clear().await?;
    db.close().await;
    let lines = lines(&config, uses);
    let is_missing = lines.iter().any(|line| line.place.is_none() && line.used.is_needed());
    if context.out.format == Format::Json {
        for line in &lines {
            context.out.json(&as_json(line))?;
        }
    } else if lines.is_empty() {
        context.out.line("This node has no master key, and nothing is sealed.")?;
        context
            .out
            .hint("`flockwork key new --into FILE` makes one; docs/secrets.md says where to")?;
    } else {
        let now = context.clock.now();
        let rows = lines.iter().map(|line| row(line, now)).collect();
        context.out.table(&["key", "here", "sealed under it", ""], rows, &[])?;
    }
    if clear > 0 {
        let clear = count(clear, "second factor");
        context.out.note(&format!(
            "{clear} in clear: the next start with a master key seals what lies in clear"
        ))?;
    }
    Ok(if is_missing { Exit::Config } else { Exit::Success })
}

fn lines(config: &Config, uses: Vec<KeyUse>) -> Vec<Line> {
    let ring = &config.keys.master;
    let mut lines: Vec<Line> = ring
        .ids()
        .enumerate()
        .map(|(place, id)| {
            let found = uses.iter().find(|one| one.key == *id).cloned();
            let unused = KeyUse {
                key: id.clone(),
                credentials: 0,
                second_factors: 0,
                since: None,
                retired_at: None,
            };
            Line { used: found.unwrap_or(unused), place: Some(place), backups: Vec::new() }
        })
        .collect();
    let elsewhere = uses.into_iter().filter(|one| ring.find(&one.key).is_none());
    lines.extend(elsewhere.map(|used| Line { used, place: None, backups: Vec::new() }));
    for line in &mut lines {
        line.backups = backups_under(config, &line.used);
    }
    lines
}

/// When those backups were taken that may hold something under a key that seals nothing any more.
pub(super) fn backups_under(config: &Config, used: &KeyUse) -> Vec<Timestamp> {
    let (Some(since), Some(until), Some(file)) =
        (used.since, used.retired_at, config.database.file())
    else {
        return Vec::new();
    };
    let folder = BackupFolder::new(config.backup.folder(file));
    let taken = folder.list().unwrap_or_default().into_iter();
    taken
        .filter_map(|listed| listed.manifest.ok()?.taken_at())
        .filter(|taken| (since..=until).contains(taken))
        .collect()
}

/// What is to be known before a key is thrown away.
pub(super) fn fate(used: &KeyUse, backups: &[Timestamp], now: Timestamp) -> String {
    let Some(retired) = used.retired_at.filter(|_| !used.is_needed()) else { return String::new() };
    match backups.iter().max() {
        None => format!(
            "sealed nothing since {}: it may go once no copy of the database is kept from before",
            absolute(retired, &TimeZone::UTC)
        ),
        Some(newest) => format!(
            "keep it while {} from before it was retired is kept; the newest was taken {}",
            count(backups.len() as u64, "backup"),
            near(*newest, now)
        ),
    }
}

fn row(line: &Line, now: Timestamp) -> Vec<String> {
    let here = match line.place {
        Some(0) => "seals",
        Some(_) => "opens",
        None if line.used.is_needed() => "missing",
        None => "no",
    };
    let fate = fate(&line.used, &line.backups, now);
    vec![line.used.key.to_string(), here.to_owned(), what(&line.used), fate]
}

fn as_json(line: &Line) -> serde_json::Value {
    let used = &line.used;
    json!({
        "key": used.key.as_str(),
        "is_here": line.place.is_some(),
        "seals": line.place == Some(0),
        "credentials": used.credentials,
        "second_factors": used.second_factors,
        "since": used.since,
        "retired_at": used.retired_at,
        "backups_from_before": line.backups.len(),
    })
}
