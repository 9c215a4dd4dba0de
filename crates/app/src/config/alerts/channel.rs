//! `[[alerts.channel]]`: people who are told of alerts.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::Path;

use clients::notify::{MailAuthority, MailEncryption, MailServer, Target, TargetKind, is_mailbox};
use domain::model::{FeedReach, Severity, TargetName};
use domain::ports::alerts::Channel;

use super::super::document::{Raw, Section};
use super::super::parse::{self, Wrong};
use super::super::problem::Place;
use super::super::setting::Kind;
use super::super::sources::{Sources, read_text};
use super::super::suggest::quoted;
use super::secrets::{Named, long_enough, name};
use super::{TARGETS_MAX, is_usable};

const PREFIX: &str = "FLOCKWORK_CHANNEL";

const KINDS: &[(&str, TargetKind)] = &[
    ("webhook", TargetKind::Webhook),
    ("slack", TargetKind::Slack),
    ("discord", TargetKind::Discord),
    ("ntfy", TargetKind::Ntfy),
    ("smtp", TargetKind::Smtp),
];

const SEVERITIES: &[(&str, Severity)] =
    &[("info", Severity::Info), ("warning", Severity::Warning), ("critical", Severity::Critical)];

const ENCRYPTIONS: &[(&str, MailEncryption)] = &[
    ("starttls", MailEncryption::StartTls),
    ("tls", MailEncryption::Tls),
    ("none", MailEncryption::None),
];

pub(super) fn read_all(
    sources: &mut Sources<'_>,
    reach: FeedReach,
    names: &mut BTreeSet<TargetName>,
) -> Vec<(Channel, Target)> {
    let tables = sources.tables_in("alerts", "channel");
    if let Some(first) = tables.get(TARGETS_MAX) {
        let found = format!("{} channels", tables.len());
        let allowed = format!("up to {TARGETS_MAX}");
        sources.problems.add(first.place(), found, allowed, "leave some out");
    }
    tables.into_iter().filter_map(|table| read(table, sources, reach, names)).collect()
}

/// A secret that stands in the file itself is the likeliest mistake.
pub(super) fn explain(key: &str) -> Option<String> {
    ["url", "secret", "token", "password"].contains(&key).then(|| {
        format!(
            "secrets do not stand in this file: write {key}_file = \"/path\" or use the environment"
        )
    })
}

fn read(
    mut table: Section,
    sources: &mut Sources<'_>,
    reach: FeedReach,
    names: &mut BTreeSet<TargetName>,
) -> Option<(Channel, Target)> {
    let name = name(&mut table, sources, names);
    let before = sources.problems.as_slice().len();
    let kind = table.read("kind", Kind::Text, &mut sources.problems, parse::word(KINDS));
    if kind.is_none() && sources.problems.as_slice().len() == before {
        let allowed = "webhook, slack, discord, ntfy or smtp";
        let mend = "write kind = \"slack\"";
        sources.problems.add(table.place(), "a channel without a kind", allowed, mend);
    }
    let at_least =
        table.read("at_least", Kind::Text, &mut sources.problems, parse::word(SEVERITIES));
    // A table without a name is read on, so that all of its problems are told at once.
    let nameless = || TargetName::parse("nameless").expect("a name");
    let target = kind.and_then(|kind| {
        let name = name.clone().unwrap_or_else(nameless);
        let mut keys = Named { table: &mut table, name, prefix: PREFIX };
        of_kind(kind, &mut keys, sources, reach)
    });
    if kind.is_some() {
        table.finish(&mut sources.problems, explain);
    }
    let at_least = at_least.unwrap_or(Severity::Info);
    Some((Channel { name: name?, at_least }, target?))
}

fn of_kind(
    kind: TargetKind,
    named: &mut Named<'_>,
    sources: &mut Sources<'_>,
    reach: FeedReach,
) -> Option<Target> {
    match kind {
        TargetKind::Webhook => {
            let url = named.url(sources);
            let secret = named.demand("secret", sources);
            let before = named.find("secret_before", sources);
            let (url, place) = url?;
            let is_usable = is_usable(&url, reach, place, sources);
            let secret = long_enough(secret, sources)?;
            let secrets = std::iter::once(secret).chain(before.map(|(before, _)| before)).collect();
            is_usable.then_some(Target::Webhook { url, secrets })
        }
        TargetKind::Slack => {
            let (url, place) = named.demand("url", sources)?;
            is_usable(&url, reach, place, sources).then_some(Target::Slack { url })
        }
        TargetKind::Discord => {
            let (url, place) = named.demand("url", sources)?;
            is_usable(&url, reach, place, sources).then_some(Target::Discord { url })
        }
        TargetKind::Ntfy => {
            let url = named.url(sources);
            let token = named.find("token", sources).map(|(token, _)| token);
            let (url, place) = url?;
            is_usable(&url, reach, place, sources).then_some(Target::Ntfy { url, token })
        }
        TargetKind::Smtp => mail(named, sources).map(Target::Smtp),
    }
}

fn mail(named: &mut Named<'_>, sources: &mut Sources<'_>) -> Option<MailServer> {
    let place = named.table.place();
    let host_at = named.table.place_of("host");
    let problems = &mut sources.problems;
    let host = named.table.read("host", Kind::Text, problems, host);
    let port = named.table.read("port", Kind::Number, problems, parse::port);
    let encryption = named.table.read("tls", Kind::Text, problems, parse::word(ENCRYPTIONS));
    let encryption = encryption.unwrap_or(MailEncryption::StartTls);
    let authority = named.table.scalar("ca_file", Kind::Text, problems);
    let user = named.table.read("user", Kind::Text, problems, parse::text);
    let from = named.table.read("from", Kind::Text, problems, mailbox);
    let to = named.table.list("to", problems).map(|to| mailboxes(to, sources));
    let authority = authority.and_then(|file| authority_of(&file, sources));
    let password = match &user {
        Some(_) => named.demand("password", sources),
        None => named.find("password", sources),
    };
    for (is_there, key, example) in [
        (host.is_some(), "host", "host = \"mail.example.org\""),
        (from.is_some(), "from", "from = \"flockwork@example.org\""),
        (to.as_ref().is_some_and(|to| !to.is_empty()), "to", "to = [\"you@example.org\"]"),
    ] {
        if !is_there {
            let found = format!("`{}` without {key} that can be used", named.name);
            sources.problems.add(
                place.clone(),
                found,
                format!("its {key}"),
                format!("write {example}"),
            );
        }
    }
    let host = host?;
    refuse_open(&host, encryption, password.is_some(), (host_at, sources));
    let port = port.unwrap_or(match encryption {
        MailEncryption::StartTls => 587,
        MailEncryption::Tls => 465,
        MailEncryption::None => 25,
    });
    let login = user.zip(password.map(|(password, _)| password));
    Some(MailServer { host, port, encryption, authority, login, from: from?, to: to? })
}

/// Whom to believe instead of those whom browsers do.
fn authority_of(file: &Raw, sources: &mut Sources<'_>) -> Option<MailAuthority> {
    const BYTES_MAX: u64 = 256 * 1024;
    let found = match read_text(Path::new(&file.text), BYTES_MAX) {
        Ok(pem) => match MailAuthority::parse(&pem) {
            Some(authority) => return Some(authority),
            None => format!("{}, without a certificate that can be used", quoted(&file.text)),
        },
        Err(error) => format!("{}: {error}", quoted(&file.text)),
    };
    sources.problems.add(
        file.place.clone(),
        found,
        "the path of a file with the certificate of an authority (PEM)",
        "name that of your own authority, or leave it out for servers that browsers believe",
    );
    None
}

/// A password goes to another machine only encrypted.
fn refuse_open(
    host: &str,
    encryption: MailEncryption,
    has_password: bool,
    (place, sources): (Place, &mut Sources<'_>),
) {
    let is_here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    if encryption == MailEncryption::None && has_password && !is_here {
        let mend = "write tls = \"starttls\", or \"tls\" for port 465";
        let found = "a password that would go unencrypted";
        sources.problems.add(place, found, "tls with a password, but for this machine", mend);
    }
}

fn host(text: &str) -> Result<String, Wrong> {
    let bare = text.trim_matches(['[', ']']);
    let is_name = !bare.is_empty()
        && bare.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':'));
    if is_name {
        return Ok(bare.to_owned());
    }
    Err(Wrong::new("the name of a mail server", "write it without a port: `mail.example.org`"))
}

fn mailbox(text: &str) -> Result<String, Wrong> {
    if is_mailbox(text) {
        return Ok(text.to_owned());
    }
    Err(Wrong::new("a mail address", "write `you@example.org` or `You <you@example.org>`"))
}

fn mailboxes(to: Vec<Raw>, sources: &mut Sources<'_>) -> Vec<String> {
    let mut good = Vec::with_capacity(to.len());
    for raw in to {
        match mailbox(&raw.text) {
            Ok(address) => good.push(address),
            Err(wrong) => {
                sources.problems.add(raw.place, quoted(&raw.text), wrong.allowed, wrong.mend);
            }
        }
    }
    good
}
