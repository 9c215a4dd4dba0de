//! Several batches that are asked for at the same time.

use super::Prompt;

/// The prompt as one of `count` parts, of which none sees what the others write: each is told to begin
/// elsewhere, because the same words get the same posts. `number` counts from 1; where there is but one,
/// it is left as it is.
pub fn part(prompt: Prompt, number: usize, count: usize) -> Prompt {
    if count < 2 {
        return prompt;
    }
    let user = format!(
        "{}\n\nThis is part {number} of {count}, and the others are written at the same time, from wishes \
         like these. What comes to mind first stands in all of them: begin somewhere else.\n",
        prompt.user.trim_end()
    );
    Prompt { user, ..prompt }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn parts_differ_in_their_last_words_alone() {
        let whole = Prompt {
            system: "You keep a light.".to_owned(),
            user: "1. on \"fog\"\n".to_owned(),
            schema: json!({}),
            completion_tokens_max: 9,
        };
        assert_eq!(part(whole.clone(), 1, 1), whole);
        let (one, two) = (part(whole.clone(), 1, 2), part(whole.clone(), 2, 2));
        assert_ne!(one.user, two.user);
        for part in [one, two] {
            assert_eq!(part.system, whole.system, "the server has it in its cache");
            assert!(part.user.starts_with("1. on \"fog\"\n\nThis is part "), "{}", part.user);
        }
    }
}
