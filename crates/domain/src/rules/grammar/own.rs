//! A grammar that somebody wrote for a bot.

use crate::model::{Candidate, Persona};
use crate::ports::TopicWish;

use super::batch::{Source, TOPIC};
use super::count::Count;
use super::mistake::Mistakes;
use super::rule_set::RuleSet;
use super::writing::WriteError;

/// The rule that a post begins with, as in every Tracery grammar.
const ORIGIN: &str = "origin";

/// The checked rules of a file; every post begins with its rule `origin`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnGrammar(RuleSet);

impl OwnGrammar {
    /// Reads Tracery's JSON, or tells all that is wrong in it.
    pub fn from_json(json: &str) -> Result<Self, Mistakes> {
        RuleSet::from_json(json, &[ORIGIN], &[TOPIC]).map(Self)
    }

    /// One post; `seed` decides every choice.
    pub fn write_one(&self, topic: &str, seed: u64) -> Result<String, WriteError> {
        self.0.write(ORIGIN, &[(TOPIC, topic)], seed)
    }

    /// How many different posts there are on a topic.
    pub fn count(&self, topic: &str) -> Count {
        self.0.count(ORIGIN, &[(TOPIC, topic)])
    }

    /// Whether posts differ by their topic.
    pub fn reads_topic(&self) -> bool {
        !self.0.has(TOPIC) && self.0.reads(TOPIC)
    }

    /// Writes what is wished for, as the built-in grammar would: only what fits, each unlike the
    /// others as far as there are others. The same seed writes the same.
    pub fn write(&self, persona: &Persona, wishes: &[TopicWish], seed: u64) -> Vec<Candidate> {
        let source = Source { rules: &self.0, origins: vec![ORIGIN.to_owned()] };
        source.write(persona, wishes, seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grammar(json: &str) -> OwnGrammar {
        OwnGrammar::from_json(json).unwrap()
    }

    fn texts(json: &str, count: u32) -> Vec<String> {
        let persona = Persona {
            personality_prompt: "You keep a lighthouse.".to_owned(),
            topics: vec!["fog".into()],
            tone: "dry".to_owned(),
            ..Persona::default()
        };
        let wishes = [TopicWish::on("fog", count)];
        let written = grammar(json).write(&persona, &wishes, 1);
        assert!(written.iter().all(|one| one.topic.as_deref() == Some("fog")));
        written.into_iter().map(|candidate| candidate.text).collect()
    }

    #[test]
    fn posts_are_those_of_the_file_on_the_topic() {
        assert_eq!(texts(r#"{"origin": "More #topic# today."}"#, 1), ["More fog today."]);
    }

    #[test]
    fn what_cannot_go_out_and_what_repeats_is_not_offered() {
        let long = "long ".repeat(60);
        let json = format!(
            r#"{{"origin": ["Fog came in at four.", "{long}", "Ask @keeper.", "A ship went by."]}}"#
        );
        let mut texts = texts(&json, 10);
        texts.sort();
        assert_eq!(texts, ["A ship went by.", "Fog came in at four."]);
    }

    #[test]
    fn whether_posts_differ_by_topic_is_known() {
        for (json, reads) in [
            (r##"{"origin": "#topic#"}"##, true),
            (r#"{"origin": "fog"}"#, false),
            (r##"{"origin": "#topic#", "topic": "rain"}"##, false),
        ] {
            assert_eq!(grammar(json).reads_topic(), reads, "{json}");
        }
    }
}
