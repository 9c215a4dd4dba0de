//! The four values, from a file, standard input or a person.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};
use std::path::Path;

use anyhow::Context as _;
use domain::model::{Credentials, Secret};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use crate::cli::ask::{open_text, reading};
use crate::cli::context::Context;
use crate::exit::{Exit, Failure};

/// Four values are some hundred bytes.
const BYTES_MAX: u64 = 16 * 1024;
/// No value of X is nearly as long.
const VALUE_CHARS_MAX: usize = 512;
/// What the environment calls the same values.
const VARIABLES: [&str; 4] =
    ["TWITTER_API_KEY", "TWITTER_API_SECRET", "TWITTER_ACCESS_TOKEN", "TWITTER_ACCESS_SECRET"];

/// From the file at `path`, or from whoever sits there.
pub(super) fn read(path: Option<&Path>, context: &mut Context) -> Result<Credentials, Failure> {
    let is_asked = path.is_none() && io::stdin().is_terminal();
    if is_asked {
        return ask(context);
    }
    let path = path.unwrap_or(Path::new("-"));
    let mut text = Zeroizing::new(String::new());
    let input = open_text(path)?;
    input.take(BYTES_MAX + 1).read_to_string(&mut text).with_context(|| reading(path))?;
    parse(&text).map_err(|problems| {
        let message = format!("{}: {}", path.display(), problems.join("; "));
        Failure::new(Exit::BadData, message).hint(
            "write four lines: api_key = .., api_secret = .., access_token = .., access_secret = ..",
        )
    })
}

/// The values of a text, or all that is wrong with it; no value is told.
fn parse(text: &str) -> Result<Credentials, Vec<String>> {
    let mut found: [Option<Secret>; 4] = Default::default();
    let mut problems = Vec::new();
    let mut bare = 0;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim().trim_start_matches("export ").trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (place, value) = if let Some((name, value)) = line.split_once('=') {
            (named(name.trim()), value.trim())
        } else {
            bare += 1;
            ((bare <= 4).then_some(bare - 1), line)
        };
        let Some(place) = place else {
            problems.push(format!("line {number} is none of the four"));
            continue;
        };
        match value_of(value) {
            Ok(_) if found[place].is_some() => {
                problems.push(format!("line {number} gives {} twice", Credentials::NAMES[place]));
            }
            Ok(secret) => found[place] = Some(secret),
            Err(why) => problems.push(format!("line {number}: {why}")),
        }
    }
    if problems.is_empty() {
        let missing = Credentials::NAMES.iter().zip(&found).filter(|(_, value)| value.is_none());
        problems.extend(missing.map(|(name, _)| format!("{name} is missing")));
    }
    match found {
        [Some(key), Some(secret), Some(token), Some(token_secret)] if problems.is_empty() => {
            Ok(Credentials::of([key, secret, token, token_secret]))
        }
        _ => Err(problems),
    }
}

fn named(name: &str) -> Option<usize> {
    let is_it = |names: &[&str; 4]| names.iter().position(|known| name.eq_ignore_ascii_case(known));
    is_it(&Credentials::NAMES).or_else(|| is_it(&VARIABLES))
}

/// A value that a header can carry.
fn value_of(text: &str) -> Result<Secret, &'static str> {
    let quoted = |quote| text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    let value = quoted('"').or_else(|| quoted('\'')).unwrap_or(text);
    if value.is_empty() {
        return Err("the value is empty");
    }
    if value.chars().count() > VALUE_CHARS_MAX {
        return Err("the value is longer than any of X's");
    }
    if value.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return Err("the value has white space or a control character in it");
    }
    Ok(Secret::new(value))
}

/// Asks for each; what is typed is not shown.
fn ask(context: &mut Context) -> Result<Credentials, Failure> {
    let mut values = Vec::new();
    for what in Credentials::WHAT {
        let typed = Zeroizing::new(ask_one(what)?);
        match value_of(typed.trim()) {
            Ok(value) => values.push(value),
            Err(why) => {
                return Err(Failure::new(
                    Exit::BadData,
                    format!("{what}: {why}; nothing was kept"),
                ));
            }
        }
    }
    context.out.note("")?;
    let values = <[_; 4]>::try_from(values).ok().expect("four were asked for");
    Ok(Credentials::of(values))
}

fn ask_one(what: &str) -> Result<String, Failure> {
    let stdin = io::stdin();
    let mut err = io::stderr();
    write!(err, "{what}: ").and_then(|()| err.flush()).context("asking")?;
    let before = tcgetattr(&stdin).context("asking without showing what is typed")?;
    let mut quiet = before.clone();
    quiet.local_modes.remove(LocalModes::ECHO);
    quiet.local_modes.insert(LocalModes::ECHONL);
    tcsetattr(&stdin, OptionalActions::Flush, &quiet)
        .context("asking without showing what is typed")?;
    let mut line = String::new();
    let typed = stdin.lock().read_line(&mut line);
    tcsetattr(&stdin, OptionalActions::Now, &before).context("putting the terminal right")?;
    typed.context("reading what was typed")?;
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_values_are_read_by_name_or_in_their_order() {
        for text in [
            "api_key = k\napi_secret=s\naccess_token = \"1-t\"\naccess_secret = 'ts'\n",
            "# mine\nexport TWITTER_ACCESS_SECRET=ts\nTWITTER_ACCESS_TOKEN=1-t\n\nAPI_SECRET=s\napi_key=k",
            "k\r\ns\r\n1-t\r\nts\r\n",
        ] {
            let read = parse(text).expect("it is right");
            assert_eq!(read.values().map(Secret::open), ["k", "s", "1-t", "ts"], "{text}");
        }
    }

    #[test]
    fn all_that_is_wrong_is_told_and_no_value() {
        for (text, told) in [
            ("", &["api_key is missing", "access_secret is missing"][..]),
            ("api_key = canary\n", &["api_secret is missing"]),
            ("api_key = canary\napi_key = canary\n", &["line 2 gives api_key twice"]),
            ("bearer = canary\napi_key = \n", &["line 1 is none", "line 2: the value is empty"]),
            ("a\nb\nc\nd\ncanary\n", &["line 5 is none of the four"]),
            ("api_key = can ary\n", &["line 1: the value has white space"]),
        ] {
            let problems = parse(text).err().expect("it is wrong").join("; ");
            assert!(told.iter().all(|one| problems.contains(one)), "{text}: {problems}");
            assert!(!problems.contains("canary"), "{problems}");
        }
    }
}
