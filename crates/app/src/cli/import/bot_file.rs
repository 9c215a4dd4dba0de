//! A file of `bots/` for a bot of the old database.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;
use store::SeedBot;

use crate::exit::Failure;

/// The keys of a bot file that the seed had.
#[derive(Serialize)]
struct BotFile<'a> {
    personality_prompt: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    posting_style: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tone: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    content_sources: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    topics: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_length: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    schedule_cron: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timezone: Option<&'a str>,
}

/// Writes it; a file that is there is never replaced.
pub(super) fn write(path: &Path, bot: &SeedBot) -> Result<(), Failure> {
    let text = toml::to_string_pretty(&file(bot)).context("writing a bot as TOML")?;
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .with_context(|| format!("writing {}", path.display()))?;
    file.write_all(text.as_bytes()).with_context(|| format!("writing {}", path.display()))?;
    Ok(())
}

fn file(bot: &SeedBot) -> BotFile<'_> {
    BotFile {
        personality_prompt: filled(bot.personality_prompt.as_ref())
            .unwrap_or("You are a friendly bot. Say here who you are."),
        posting_style: filled(bot.posting_style.as_ref()),
        tone: filled(bot.tone.as_ref()),
        content_sources: list(bot.content_sources.as_ref()),
        topics: list(bot.topics.as_ref()),
        max_length: bot.max_length,
        schedule_cron: filled(bot.schedule_cron.as_ref()),
        timezone: filled(bot.timezone.as_ref()),
    }
}

fn filled(value: Option<&String>) -> Option<&str> {
    value.map(|text| text.trim()).filter(|text| !text.is_empty())
}

/// The seed kept lists as text: a JSON array, or words between commas.
fn list(value: Option<&String>) -> Vec<String> {
    let Some(text) = filled(value) else { return Vec::new() };
    serde_json::from_str(text).unwrap_or_else(|_| {
        let parts = text.split([',', '\n']).map(str::trim).filter(|part| !part.is_empty());
        parts.map(str::to_owned).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_seed_knew_of_a_bot_is_in_its_file() {
        let bot = SeedBot {
            bot_id: "ada".to_owned(),
            personality_prompt: Some("You are \"Ada\".\nYou count.".to_owned()),
            topics: Some("[\"engines\", \"lace, and looms\"]".to_owned()),
            content_sources: Some("letters, notes".to_owned()),
            tone: Some(" ".to_owned()),
            timezone: Some("Europe/London".to_owned()),
            ..SeedBot::default()
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bots/ada.toml");
        write(&path, &bot).unwrap();
        let read: toml::Table = std::fs::read_to_string(&path).unwrap().parse().unwrap();
        assert_eq!(read["personality_prompt"].as_str(), bot.personality_prompt.as_deref());
        assert_eq!(read["topics"].as_array().unwrap().len(), 2);
        assert_eq!(read["content_sources"].as_array().unwrap().len(), 2);
        assert!(!read.contains_key("tone") && read.contains_key("timezone"));
        assert!(write(&path, &bot).is_err(), "a file that is there is never replaced");
    }
}
