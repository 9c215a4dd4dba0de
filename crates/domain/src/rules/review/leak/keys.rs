//! Keys and passwords by their looks. A model is given none, and what looks like one in a post was made
//! up or asked for by somebody who hopes for more.

/// How keys of services begin, how long they are and how many digits they hold at least, so that
/// `sk-learn-for-absolute-beginners` is none; in lower case.
const PREFIXES: [(&str, usize, usize); 11] = [
    ("sk-", 20, 2),
    ("ghp_", 30, 2),
    ("gho_", 30, 2),
    ("ghs_", 30, 2),
    ("github_pat_", 30, 2),
    ("glpat-", 20, 2),
    ("akia", 20, 1),
    ("xoxb-", 20, 2),
    ("xoxp-", 20, 2),
    ("aiza", 35, 2),
    ("eyj", 40, 2),
];
/// What stands behind `bearer` is a token from this length on.
const BEARER_CHARS_MIN: usize = 20;
/// What a setting that holds a secret ends in.
const SETTINGS: [&str; 5] = ["_key", "_secret", "_token", "_password", "_passwd"];

/// Whether `text`, in lower case, holds a key or a password.
pub(super) fn holds_key(text: &str) -> bool {
    text.contains("-----begin ") || holds_setting(text) || {
        let mut is_behind_bearer = false;
        text.split(|c: char| !is_of_key(c)).filter(|token| !token.is_empty()).any(|token| {
            let is_bearer = is_behind_bearer && token.len() >= BEARER_CHARS_MIN;
            is_behind_bearer = token == "bearer";
            is_bearer || is_key(token)
        })
    }
}

fn is_key(token: &str) -> bool {
    let digits = token.bytes().filter(u8::is_ascii_digit).count();
    PREFIXES.iter().any(|(prefix, length, digits_min)| {
        token.starts_with(prefix) && token.len() >= *length && digits >= *digits_min
    })
}

/// `OPENAI_API_KEY=…`, with something behind it.
fn holds_setting(text: &str) -> bool {
    text.match_indices('=').any(|(at, _)| {
        SETTINGS.iter().any(|setting| text[..at].ends_with(setting))
            && text[at + 1..].starts_with(|c: char| c.is_alphanumeric() || matches!(c, '"' | '\''))
    })
}

fn is_of_key(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.' | '%' | '+')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_known_by_their_looks() {
        for (text, is_there) in [
            ("it is sk-ant-api03-zx9qw8er7ty6ui5op4as.", true),
            ("(akiaiosfodnn7example)", true),
            ("bearer aaaaaaaaaaaaaaaaaaaaamlheaaaaaaa0", true),
            ("database_password=correcthorse", true),
            ("see https://a.org/?key=ghp_r4nd0ml00kingt0kenvalue1234567890ab", true),
            ("-----begin private key-----", true),
            ("sk-learn-for-absolute-beginners", false),
            ("the bearer of this ticket", false),
            ("the bearer donaudampfschiff", false),
            ("set api_key= first", false),
            ("a_key = b", false),
            ("akia is a town", false),
        ] {
            assert_eq!(holds_key(text), is_there, "{text}");
        }
    }
}
