//! `[[webhook]]`: programs that are told of events.

use std::collections::BTreeSet;

use clients::notify::Target;
use domain::model::{FeedReach, HAPPENINGS, TargetName, Wanted};
use domain::ports::alerts::Hook;

use super::super::document::Section;
use super::super::sources::Sources;
use super::super::suggest::{nearest, quoted};
use super::secrets::{Named, long_enough, name};
use super::{TARGETS_MAX, is_usable};

const PREFIX: &str = "FLOCKWORK_WEBHOOK";

pub(super) fn read_all(
    sources: &mut Sources<'_>,
    reach: FeedReach,
    names: &mut BTreeSet<TargetName>,
) -> Vec<(Hook, Target)> {
    let tables = sources.tables_in("", "webhook");
    if let Some(first) = tables.get(TARGETS_MAX) {
        let found = format!("{} webhooks", tables.len());
        let allowed = format!("up to {TARGETS_MAX}");
        sources.problems.add(first.place(), found, allowed, "leave some out");
    }
    tables.into_iter().filter_map(|table| read(table, sources, reach, names)).collect()
}

fn read(
    mut table: Section,
    sources: &mut Sources<'_>,
    reach: FeedReach,
    names: &mut BTreeSet<TargetName>,
) -> Option<(Hook, Target)> {
    let name = name(&mut table, sources, names);
    let wanted = events(&mut table, sources);
    // A table without a name is read on, so that all of its problems are told at once.
    let nameless = || TargetName::parse("nameless").expect("a name");
    let mut keys =
        Named { table: &mut table, name: name.clone().unwrap_or_else(nameless), prefix: PREFIX };
    let url = keys.url(sources);
    let secret = keys.demand("secret", sources);
    let before = keys.find("secret_before", sources);
    table.finish(&mut sources.problems, super::channel::explain);
    let (url, place) = url?;
    let is_usable = is_usable(&url, reach, place, sources);
    let secret = long_enough(secret, sources)?;
    let secrets = std::iter::once(secret).chain(before.map(|(before, _)| before)).collect();
    let hook = Hook { name: name?, wanted: wanted? };
    is_usable.then_some((hook, Target::Webhook { url, secrets }))
}

/// Of which events; all of them where nobody says.
fn events(table: &mut Section, sources: &mut Sources<'_>) -> Option<Wanted> {
    let place = table.place_of("events");
    let before = sources.problems.as_slice().len();
    let Some(words) = table.list("events", &mut sources.problems) else {
        return (sources.problems.as_slice().len() == before).then(Wanted::all);
    };
    match Wanted::parse(words.iter().map(|raw| raw.text.trim())) {
        Ok(wanted) => Some(wanted),
        Err(word) => {
            let of_word = words.iter().find(|raw| raw.text.trim() == word);
            let place = of_word.map_or(place, |raw| raw.place.clone());
            let mend = match nearest(&word, HAPPENINGS.iter().map(|one| one.word)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`flockwork reference events` lists them".to_owned(),
            };
            let allowed =
                "the kinds of `flockwork reference events`, or the beginning of some: `post.*`";
            sources.problems.add(place, quoted(&word), allowed, mend);
            None
        }
    }
}
