//! Addresses, tokens and passwords of targets: from a file that the table names, or from a variable that
//! ends in the target's name.

use domain::model::{Secret, TargetName};

use super::super::document::Section;
use super::super::problem::{Place, Problem};
use super::super::setting::Kind;
use super::super::sources::{Sought, Sources, read_secret};
use super::super::suggest::quoted;

/// A table of a target, and what its variables begin with.
pub(super) struct Named<'t> {
    pub(super) table: &'t mut Section,
    pub(super) name: TargetName,
    pub(super) prefix: &'static str,
}

impl Named<'_> {
    /// `FLOCKWORK_CHANNEL_URL__OPS`: names are made of capitals, digits and `_` in most shells.
    fn variable(&self, key: &str) -> String {
        let name = self.name.as_str().to_ascii_uppercase().replace('-', "_");
        format!("{}_{}__{name}", self.prefix, key.to_ascii_uppercase())
    }

    /// The secret `key`, where there is one that can be read.
    pub(super) fn find(&mut self, key: &str, sources: &mut Sources<'_>) -> Option<(Secret, Place)> {
        match self.seek(key, sources) {
            Sought::Found(secret, place) => Some((secret, place)),
            Sought::Wrong | Sought::Absent => None,
        }
    }

    /// The same, where it is a problem to have none; a command that only looks goes on without.
    pub(super) fn demand(
        &mut self,
        key: &str,
        sources: &mut Sources<'_>,
    ) -> Option<(Secret, Place)> {
        match self.seek(key, sources) {
            Sought::Found(secret, place) => return Some((secret, place)),
            Sought::Wrong => {}
            Sought::Absent => {
                let variable = self.variable(key);
                sources.problems.push(Problem {
                    place: self.table.place(),
                    found: format!("`{}` without {key}", self.name),
                    allowed: format!("its {key}, from a file or a variable"),
                    mend: format!("write {key}_file = \"/path\", or set {variable}"),
                    is_about_sending: true,
                });
            }
        }
        None
    }

    fn seek(&mut self, key: &str, sources: &mut Sources<'_>) -> Sought {
        let variable = self.variable(key);
        let problems = &mut sources.problems;
        let in_file = self.table.scalar(&format!("{key}_file"), Kind::Text, problems);
        let sought = sources.variable_secret(&variable);
        sources.own_names.extend([format!("{variable}_FILE"), variable]);
        match (sought, in_file) {
            (Sought::Absent, Some(raw)) => read_secret(&raw.text, raw.place, &mut sources.problems),
            (sought, _) => sought,
        }
    }

    /// An address that is no secret may stand in the file.
    pub(super) fn url(&mut self, sources: &mut Sources<'_>) -> Option<(Secret, Place)> {
        match self.table.scalar("url", Kind::Text, &mut sources.problems) {
            Some(raw) => Some((Secret::new(raw.text.trim()), raw.place)),
            None => self.demand("url", sources),
        }
    }
}

/// The name of a target, which no other has.
pub(super) fn name(
    table: &mut Section,
    sources: &mut Sources<'_>,
    names: &mut std::collections::BTreeSet<TargetName>,
) -> Option<TargetName> {
    let place = table.place_of("name");
    let raw = table.scalar("name", Kind::Text, &mut sources.problems);
    let Some(raw) = raw else {
        let mend = "write name = \"ops\"";
        sources.problems.add(place, "a target without a name", "a name of its own", mend);
        return None;
    };
    let Some(name) = TargetName::parse(&raw.text) else {
        let allowed = format!("1 to {} small letters, digits or dashes", TargetName::CHARS_MAX);
        let found = quoted(&raw.text);
        sources.problems.add(raw.place, found, allowed, "choose another name, such as `ops`");
        return None;
    };
    if !names.insert(name.clone()) {
        let found = format!("a second target named `{name}`");
        sources.problems.add(raw.place, found, "each name once", "give one of them another name");
        return None;
    }
    Some(name)
}

/// A secret long enough to sign with.
pub(super) fn long_enough(
    secret: Option<(Secret, Place)>,
    sources: &mut Sources<'_>,
) -> Option<Secret> {
    const CHARS_MIN: usize = 16;
    let (secret, place) = secret?;
    if secret.open().chars().count() >= CHARS_MIN {
        return Some(secret);
    }
    let mend = "`openssl rand -hex 32` makes one";
    let found = "a secret that can be guessed";
    sources.problems.add(place, found, format!("{CHARS_MIN} characters or more"), mend);
    None
}
