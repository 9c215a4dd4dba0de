//! Which part of the built-in grammar speaks for a persona.

use crate::model::Persona;

/// A mood that the built-in grammar has sentences for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tone {
    Warm,
    Dry,
    Calm,
    Playful,
    Plain,
}

impl Tone {
    const WORDS: [(Self, &'static [&'static str]); 4] = [
        (
            Self::Dry,
            &["dry", "lacon", "wry", "sarcas", "deadpan", "iron", "blunt", "sardon", "grump"],
        ),
        (
            Self::Calm,
            &[
                "calm",
                "quiet",
                "gentle",
                "seren",
                "slow",
                "soft",
                "mindful",
                "thoughtful",
                "poetic",
            ],
        ),
        (
            Self::Playful,
            &[
                "play", "fun", "cheer", "witty", "humor", "humour", "whims", "energ", "silly",
                "excit", "lively",
            ],
        ),
        (
            Self::Warm,
            &["warm", "friend", "kind", "encourag", "optimis", "welcom", "hope", "positive"],
        ),
    ];

    /// By the first word of it that we know; plain if there is none.
    fn of(tone: &str) -> Self {
        let tone = tone.to_lowercase();
        tone.split(|c: char| !c.is_alphanumeric())
            .find_map(|word| {
                let is_known = |starts: &[&str]| starts.iter().any(|start| word.starts_with(start));
                Self::WORDS.iter().find(|(_, starts)| is_known(starts)).map(|(tone, _)| *tone)
            })
            .unwrap_or(Self::Plain)
    }

    /// What its rules begin with.
    fn name(self) -> &'static str {
        match self {
            Self::Warm => "warm",
            Self::Dry => "dry",
            Self::Calm => "calm",
            Self::Playful => "playful",
            Self::Plain => "plain",
        }
    }
}

/// How long and in what form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Free,
    Questions,
    OneLine,
}

impl Form {
    fn of(style: &str) -> Self {
        let style = style.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| style.contains(word));
        if has(&["question"]) {
            Self::Questions
        } else if has(&["one-line", "one line", "single sentence", "terse", "aphoris", "haiku"]) {
            Self::OneLine
        } else {
            Self::Free
        }
    }
}

/// Every rule that a voice may begin with.
pub(super) const ORIGINS: [&str; 14] = [
    "warm_post",
    "warm_line",
    "dry_post",
    "dry_line",
    "calm_post",
    "calm_line",
    "playful_post",
    "playful_line",
    "plain_post",
    "plain_line",
    "question_post",
    "question",
    "short",
    "shortest",
];

/// Tone and form of a persona.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Voice {
    tone: Tone,
    form: Form,
}

impl Voice {
    pub(super) fn of(persona: &Persona) -> Self {
        Self { tone: Tone::of(&persona.tone), form: Form::of(&persona.posting_style) }
    }

    /// The rules to begin with: the wished one, then shorter ones for what does not fit.
    pub(super) fn origins(self) -> Vec<String> {
        let tone = self.tone.name();
        let wished = match self.form {
            Form::Free => vec![format!("{tone}_post"), format!("{tone}_line")],
            Form::Questions => vec!["question_post".to_owned(), "question".to_owned()],
            Form::OneLine => vec![format!("{tone}_line")],
        };
        wished.into_iter().chain(["short".to_owned(), "shortest".to_owned()]).collect()
    }
}

#[cfg(test)]
mod tests {

    use super::*;

    fn persona(tone: &str, style: &str) -> Persona {
        Persona {
            personality_prompt: String::new(),
            posting_style: style.to_owned(),
            topics: vec!["tea".into()],
            tone: tone.to_owned(),
            ..Persona::default()
        }
    }

    #[test]
    fn the_first_word_that_is_known_decides() {
        for (tone, origin) in [
            ("warm", "warm_post"),
            ("Friendly and a little dry", "warm_post"),
            ("dry, laconic", "dry_post"),
            ("quiet", "calm_post"),
            ("cheerful", "playful_post"),
            ("professional", "plain_post"),
            ("", "plain_post"),
        ] {
            assert_eq!(Voice::of(&persona(tone, "")).origins()[0], origin, "{tone}");
        }
    }

    #[test]
    fn the_style_decides_the_form() {
        assert_eq!(Voice::of(&persona("warm", "open Questions")).origins()[0], "question_post");
        assert_eq!(Voice::of(&persona("warm", "one-line notes")).origins()[0], "warm_line");
        assert_eq!(Voice::of(&persona("warm", "short observations")).origins()[0], "warm_post");
    }

    #[test]
    fn the_list_of_beginnings_holds_those_of_every_voice() {
        for tone in ["warm", "dry", "calm", "playful", ""] {
            for style in ["", "questions", "terse"] {
                for origin in Voice::of(&persona(tone, style)).origins() {
                    assert!(ORIGINS.contains(&origin.as_str()), "{origin}");
                }
            }
        }
    }
}
