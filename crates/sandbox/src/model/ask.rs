//! What is wished of the model: from a port's request, or read out of the words of a prompt.

use domain::ports::WriteRequest;

use crate::length::LENGTH_MAX;

/// Posts that one answer holds at most.
const POSTS_MAX: u32 = 200;

/// Wishes that are read out of one prompt.
const WISHES_MAX: usize = 64;

/// Topics for a prompt that names none.
const TOPICS_OF_ITS_OWN: [&str; 5] = ["weather", "books", "the city", "gardens", "coffee"];

/// Posts for a prompt that names no number.
const COUNT_DEFAULT: u32 = 5;

/// One batch to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ask {
    /// Whose voice; decides, with the seed, what is written.
    pub(crate) who: String,
    /// Topic and count.
    pub(crate) wishes: Vec<(String, u32)>,
    /// The longest post, weighted.
    pub(crate) length_max: u32,
    /// What the prompt weighs, roughly.
    pub(crate) prompt_tokens: u64,
}

impl Ask {
    /// From the port.
    pub(crate) fn of(request: &WriteRequest) -> Self {
        let wishes = request.wishes.iter().map(|wish| (wish.topic.clone(), wish.count)).collect();
        Self {
            who: request.bot.to_string(),
            wishes: bounded(wishes),
            length_max: request.persona.policy.max_length.clamp(1, LENGTH_MAX),
            prompt_tokens: tokens(&request.prompt.system) + tokens(&request.prompt.user),
        }
    }

    /// From the words of a prompt: lines such as `- 3 posts on "weather"` or `4. on "ships"`, and
    /// `280 characters` somewhere. What cannot be read is made up.
    pub(crate) fn read(system: &str, user: &str) -> Self {
        let mut wishes: Vec<_> = user.lines().filter_map(wish).take(WISHES_MAX).collect();
        if wishes.is_empty() {
            wishes = TOPICS_OF_ITS_OWN
                .iter()
                .map(|topic| ((*topic).to_owned(), COUNT_DEFAULT.div_ceil(5)))
                .collect();
        }
        let length_max = length(user).or_else(|| length(system)).unwrap_or(LENGTH_MAX);
        Self {
            who: system.to_owned(),
            wishes: bounded(wishes),
            length_max: length_max.clamp(1, LENGTH_MAX),
            prompt_tokens: tokens(system) + tokens(user),
        }
    }
}

/// About four bytes make a token; the sandbox's bills need no more.
pub(crate) fn tokens(text: &str) -> u64 {
    (text.len() as u64).div_ceil(4)
}

fn bounded(wishes: Vec<(String, u32)>) -> Vec<(String, u32)> {
    let mut left = POSTS_MAX;
    wishes
        .into_iter()
        .map(|(topic, count)| {
            let granted = count.min(left);
            left -= granted;
            (topic, granted)
        })
        .filter(|(_, count)| *count > 0)
        .collect()
}

/// `- 3 posts on "weather"`, `* 1 post about ships`, `4 posts on tea.`, `5. on "fog"`, `6 to 9. on
/// "tea"`
fn wish(line: &str) -> Option<(String, u32)> {
    let line = line.trim().trim_start_matches(['-', '*', '•']).trim_start();
    let (first, rest) = number(line)?;
    let (count, rest) = match rest.trim_start().strip_prefix("post") {
        Some(rest) => (first, rest.strip_prefix('s').unwrap_or(rest).trim_start()),
        None => numbered(first, rest)?,
    };
    let topic = ["on ", "about ", "for "].into_iter().find_map(|word| rest.strip_prefix(word))?;
    let topic = topic.trim();
    let topic = unquoted(topic).unwrap_or_else(|| {
        topic.trim_matches('"').trim_end_matches(['.', ',', ';', ':']).trim().to_owned()
    });
    (!topic.is_empty() && count > 0).then_some((topic, count))
}

fn number(text: &str) -> Option<(u32, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    Some((text[..digits].parse().ok()?, &text[digits..]))
}

/// How many posts a line is about that numbers them, and what stands behind the numbers.
fn numbered(first: u32, rest: &str) -> Option<(u32, &str)> {
    let (last, rest) = match rest.strip_prefix(" to ") {
        Some(rest) => number(rest)?,
        None => (first, rest),
    };
    Some((last.checked_sub(first)?.checked_add(1)?, rest.strip_prefix('.')?.trim_start()))
}

/// What a JSON string at the beginning of `text` says.
fn unquoted(text: &str) -> Option<String> {
    serde_json::Deserializer::from_str(text).into_iter::<String>().next()?.ok()
}

/// The first number that stands before `characters`, with at most one word between.
fn length(text: &str) -> Option<u32> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let places = words.iter().enumerate().filter(|(_, word)| word.starts_with("character"));
    places.flat_map(|(at, _)| words[at.saturating_sub(2)..at].iter().rev()).find_map(|word| {
        word.trim_matches(|c: char| !c.is_ascii_digit()).parse().ok().filter(|n| *n > 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_are_read_out_of_ordinary_words() {
        let user = "Write now.\n- 3 posts on \"weather\"\n* 1 post about ships.\n2 posts on \"a \
                    \\\"b\\\"\"\nAt most 200 weighted characters each.";
        let ask = Ask::read("You are a keeper.", user);
        assert_eq!(ask.wishes[0], ("weather".to_owned(), 3));
        assert_eq!(ask.wishes[1], ("ships".to_owned(), 1));
        assert_eq!(ask.wishes[2], ("a \"b\"".to_owned(), 2));
        assert_eq!(ask.length_max, 200);
        let numbered = "1. on \"fog\", from this side: \"smell\"\n2 to 4. on \"tea\"\n5) on x";
        let ask = Ask::read("", numbered);
        assert_eq!(ask.wishes, [("fog".to_owned(), 1), ("tea".to_owned(), 3)]);
    }

    #[test]
    fn a_prompt_without_wishes_gets_topics_all_the_same() {
        let ask = Ask::read("", "Tell me something.");
        assert_eq!(ask.wishes.len(), 5);
        assert_eq!(ask.length_max, 280);
    }

    #[test]
    fn nobody_gets_more_posts_than_fit() {
        let ask = Ask::read("", "- 4000000000 posts on \"x\"\n- 5 posts on \"y\"");
        assert_eq!(ask.wishes, [("x".to_owned(), POSTS_MAX)]);
    }
}
