//! From which side, and in what form.

use std::collections::HashMap;

use crate::model::{Persona, Topic};
use crate::ports::store::RecentPost;

/// When what was used last, counted in posts: a larger number is later, and 0 is never.
pub(super) struct Sides<'a> {
    persona: &'a Persona,
    pairs: HashMap<(String, Option<String>, Option<String>), usize>,
    angles: HashMap<(String, String), usize>,
    /// Whatever the topic: two questions in a row are two questions.
    formats: HashMap<String, usize>,
    turn: usize,
}

impl<'a> Sides<'a> {
    pub(super) fn new(persona: &'a Persona, recent: &[RecentPost]) -> Self {
        let mut sides = Self {
            persona,
            pairs: HashMap::new(),
            angles: HashMap::new(),
            formats: HashMap::new(),
            turn: 0,
        };
        for post in recent.iter().rev() {
            if let Some(topic) = &post.topic {
                sides.note(topic, post.angle.as_deref(), post.format.as_deref());
            }
        }
        sides
    }

    /// The pair of the topic that rested longest; of those never used, the one whose parts did.
    pub(super) fn take(&mut self, topic: &Topic) -> (Option<String>, Option<String>) {
        let angles = maybe(&topic.angles);
        let formats = maybe(self.persona.formats_of(topic));
        let pairs =
            angles.iter().flat_map(|angle| formats.iter().map(move |format| (angle, format)));
        let (angle, format) = pairs
            // The first of equals.
            .min_by_key(|(angle, format)| self.rest(&topic.name, angle.as_ref(), format.as_ref()))
            .map(|(angle, format)| (angle.clone(), format.clone()))
            .unwrap_or_default();
        self.note(&topic.name, angle.as_deref(), format.as_deref());
        (angle, format)
    }

    fn rest(
        &self,
        topic: &str,
        angle: Option<&String>,
        format: Option<&String>,
    ) -> (usize, usize, usize) {
        let pair = (topic.to_owned(), angle.cloned(), format.cloned());
        let of_pair = self.pairs.get(&pair).copied().unwrap_or(0);
        let of_angle = angle
            .and_then(|angle| self.angles.get(&(topic.to_owned(), angle.clone())).copied())
            .unwrap_or(0);
        let of_format = format.and_then(|format| self.formats.get(format).copied()).unwrap_or(0);
        (of_pair, of_format, of_angle)
    }

    fn note(&mut self, topic: &str, angle: Option<&str>, format: Option<&str>) {
        self.turn += 1;
        let pair = (topic.to_owned(), angle.map(str::to_owned), format.map(str::to_owned));
        self.pairs.insert(pair, self.turn);
        if let Some(angle) = angle {
            self.angles.insert((topic.to_owned(), angle.to_owned()), self.turn);
        }
        if let Some(format) = format {
            self.formats.insert(format.to_owned(), self.turn);
        }
    }
}

/// Each of them, or once none.
fn maybe(all: &[String]) -> Vec<Option<String>> {
    if all.is_empty() { vec![None] } else { all.iter().cloned().map(Some).collect() }
}
