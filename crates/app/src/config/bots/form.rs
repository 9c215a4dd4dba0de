//! A form of a page as the text of a bot's file, with the field that each line comes from: so the form
//! is read by whatever reads files, and each problem stands beside its field.

use domain::model::{BETWEEN_EXAMPLES, BotForm, FORM_CAPS, FORM_SCHEDULES_MAX, MicroUsd};

/// The text, and which field each of its lines is of.
pub(super) struct Written {
    pub(super) text: String,
    fields: Vec<String>,
}

impl Written {
    /// The form's file.
    pub(super) fn of(form: &BotForm) -> Self {
        let mut written = Self { text: String::new(), fields: Vec::new() };
        // What is missing is told at the top of a file, and this is the one key that must be there.
        written.text_or_comment(form, "personality_prompt");
        for key in ["name", "posting_style", "tone", "reading_level", "mode"] {
            written.text(form, key, key);
        }
        for key in ["content_sources", "formats", "never_say"] {
            written.list(form, key, lines(form.value(key)));
        }
        written.list(form, "examples", examples(form.value("examples")));
        written.number(form, "max_length");
        for key in ["warm_up", "dry_run", "look_first"] {
            written.flag(form, key);
        }
        written.topics(form);
        for index in 0..FORM_SCHEDULES_MAX {
            written.schedule(form, index);
        }
        written.review(form);
        written.line("low_water", "[queue]");
        for key in ["low_water", "high_water", "batch"] {
            written.number(form, key);
        }
        written.line(FORM_CAPS[0], "[budget]");
        for key in FORM_CAPS {
            written.dollars(form, key);
        }
        written
    }

    /// The field of a line, counted from 1.
    pub(super) fn field(&self, line: usize) -> &str {
        let last = self.fields.last().map_or("", String::as_str);
        self.fields.get(line.saturating_sub(1)).map_or(last, String::as_str)
    }

    fn line(&mut self, field: impl Into<String>, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
        self.fields.push(field.into());
    }

    fn text_or_comment(&mut self, form: &BotForm, key: &str) {
        let value = form.value(key);
        let line = match value.trim() {
            "" => format!("# {key}"),
            _ => format!("{key} = {}", string(value)),
        };
        self.line(key, &line);
    }

    fn text(&mut self, form: &BotForm, field: &str, key: &str) {
        let value = form.value(field).trim();
        if !value.is_empty() {
            self.line(field, &format!("{key} = {}", string(value)));
        }
    }

    fn number(&mut self, form: &BotForm, key: &str) {
        let value = form.value(key).trim();
        // Digits that no number is made of are told as the text that they are.
        let is_number = value == "0"
            || (!value.is_empty()
                && !value.starts_with('0')
                && value.bytes().all(|byte| byte.is_ascii_digit()));
        match (value.is_empty(), is_number) {
            (true, _) => {}
            (false, true) => self.line(key, &format!("{key} = {value}")),
            (false, false) => self.line(key, &format!("{key} = {}", string(value))),
        }
    }

    /// What is no amount is told as the text that it is.
    fn dollars(&mut self, form: &BotForm, key: &str) {
        let value = form.value(key).trim();
        let is_bare = value.parse::<MicroUsd>().is_ok()
            && !value.starts_with('$')
            && (value.split('.').next() == Some("0") || !value.starts_with('0'));
        match (value.is_empty(), is_bare) {
            (true, _) => {}
            (false, true) => self.line(key, &format!("{key} = {value}")),
            (false, false) => self.line(key, &format!("{key} = {}", string(value))),
        }
    }

    fn flag(&mut self, form: &BotForm, key: &str) {
        match form.value(key) {
            "yes" => self.line(key, &format!("{key} = true")),
            "no" | "" => self.line(key, &format!("{key} = false")),
            other => self.line(key, &format!("{key} = {}", string(other))),
        }
    }

    /// An empty list is no list.
    fn list(&mut self, form: &BotForm, key: &str, items: Vec<&str>) {
        if !form.value(key).trim().is_empty() {
            self.line(key, &format!("{key} = {}", array(items)));
        }
    }

    fn topics(&mut self, form: &BotForm) {
        for line in lines(form.value("topics")) {
            let mut parts = line.split('|').map(str::trim);
            self.line("topics", "[[topic]]");
            self.line("topics", &format!("name = {}", string(parts.next().unwrap_or_default())));
            let weight = parts.next().unwrap_or_default();
            let is_number = weight.bytes().all(|byte| byte.is_ascii_digit());
            match (weight.is_empty(), is_number && !weight.starts_with('0')) {
                (true, _) => {}
                (false, true) => self.line("topics", &format!("weight = {weight}")),
                (false, false) => self.line("topics", &format!("weight = {}", string(weight))),
            }
            for key in ["angles", "formats"] {
                let sides = parts.next().unwrap_or_default();
                let sides: Vec<&str> = sides.split(';').map(str::trim).collect();
                let sides: Vec<&str> = sides.into_iter().filter(|one| !one.is_empty()).collect();
                if !sides.is_empty() {
                    self.line("topics", &format!("{key} = {}", array(sides)));
                }
            }
        }
    }

    fn schedule(&mut self, form: &BotForm, index: usize) {
        let field = |key: &str| format!("schedule.{index}.{key}");
        let is_wanted =
            ["name", "cron"].iter().any(|key| !form.value(&field(key)).trim().is_empty());
        if !is_wanted {
            return;
        }
        self.line(field("cron"), "[[schedule]]");
        for key in [
            "name",
            "cron",
            "timezone",
            "jitter",
            "catch_up_window",
            "on_miss",
            "quiet_hours",
            "gap",
        ] {
            self.text(form, &field(key), key);
        }
        let topics = field("topics");
        if !form.value(&topics).trim().is_empty() {
            let list = array(lines(form.value(&topics)));
            self.line(topics, &format!("topics = {list}"));
        }
    }

    fn review(&mut self, form: &BotForm) {
        self.line("languages", "[review]");
        for key in ["languages", "mentions_allowed", "hashtags_allowed", "banned_words"] {
            self.list(form, key, words(form.value(key)));
        }
        for key in ["hashtags_max", "cashtags_max", "emoji_max"] {
            self.number(form, key);
        }
        self.text(form, "disclosure", "disclosure");
        match form.value("links") {
            "hosts" => {
                let hosts = array(words(form.value("hosts")));
                self.line("hosts", &format!("links = {{ hosts = {hosts} }}"));
            }
            _ => self.text(form, "links", "links"),
        }
    }
}

/// What is not empty, one a line.
fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}

/// Between commas, or one a line.
fn words(text: &str) -> Vec<&str> {
    text.split([',', '\n']).map(str::trim).filter(|word| !word.is_empty()).collect()
}

fn examples(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut from = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.trim() == BETWEEN_EXAMPLES {
            found.push(&text[from..at]);
            from = at + line.len();
        }
        at += line.len();
    }
    found.push(&text[from..]);
    found.into_iter().map(str::trim).filter(|example| !example.is_empty()).collect()
}

fn array(items: Vec<&str>) -> String {
    let items: Vec<String> = items.into_iter().map(string).collect();
    format!("[{}]", items.join(", "))
}

/// A string of JSON is one of TOML, but for the one control that JSON lets stand.
fn string(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007F")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_has_its_field() {
        let form = BotForm::default().with(
            [("tone", "dry"), ("topics", "fog\nbirds | 3"), ("max_length", "300")]
                .map(|(key, value)| (key.to_owned(), value.to_owned())),
        );
        let written = Written::of(&form);
        assert_eq!(written.text.lines().count(), written.fields.len());
        assert_eq!(written.field(1), "personality_prompt");
        let line = written.text.lines().position(|line| line == "weight = 3").unwrap() + 1;
        assert_eq!(written.field(line), "topics");
    }

    #[test]
    fn examples_may_have_several_lines() {
        assert_eq!(examples("a\nb\n---\nc\n"), ["a\nb", "c"]);
        assert_eq!(examples("---\n\n---"), [""; 0]);
        assert_eq!(words("en, de\nfr,"), ["en", "de", "fr"]);
    }

    #[test]
    fn what_is_typed_cannot_leave_its_string() {
        let text = string("a\"\n[queue]\u{7f}\\");
        assert_eq!(text, r#""a\"\n[queue]\u007F\\""#);
        assert!(!text.contains('\n'));
    }
}
