//! Query strings, decoded once and the same way for the signature and for the parameters.

use percent_encoding::percent_decode_str;

/// Parameters that one request may have.
const PAIRS_MAX: usize = 64;

/// The pairs of a query, in order. `+` is a space, as in forms.
pub(super) fn pairs(query: Option<&str>) -> Vec<(String, String)> {
    query
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty())
        .take(PAIRS_MAX)
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_decoded_in_order() {
        let found = pairs(Some("ids=1%2C2&q=a+b%2Bc&flag"));
        let expected = [("ids", "1,2"), ("q", "a b+c"), ("flag", "")];
        assert_eq!(found, expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
        assert!(pairs(None).is_empty());
    }
}
