//! The start of a text that still fits, cut where a word ends.

use unicode_segmentation::UnicodeSegmentation;

/// What shows that more followed.
const ELLIPSIS: char = '…';

/// The longest start of `text` that `fits` with its ellipsis; all of it where that fits. Where not
/// even a word fits it is cut inside the first one, where not even a letter fits it is empty.
pub(super) fn shorten(text: &str, fits: impl Fn(&str) -> bool) -> String {
    if fits(text) {
        return text.to_owned();
    }
    let words: Vec<usize> = text.split_word_bound_indices().map(|(at, _)| at).collect();
    let letters = || text.grapheme_indices(true).map(|(at, _)| at).collect::<Vec<_>>();
    longest(text, &words, &fits).or_else(|| longest(text, &letters(), &fits)).unwrap_or_default()
}

/// Cut at one of `ends`, which are in order.
fn longest(text: &str, ends: &[usize], fits: impl Fn(&str) -> bool) -> Option<String> {
    // A longer start weighs more but for addresses that are cut, so the search is nearly right, and
    // a few steps back from it are exact.
    let near = ends.partition_point(|end| cut(text, *end).is_none_or(|start| fits(&start)));
    ends[..near].iter().rev().filter_map(|end| cut(text, *end)).find(|start| fits(start))
}

/// The start of `text` up to `end`, without the marks that led on to what is gone.
fn cut(text: &str, end: usize) -> Option<String> {
    let is_leading_on = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                ',' | ';' | ':' | '-' | '–' | '—' | '(' | '[' | '„' | '“' | '«' | '.' | '…'
            )
    };
    let start = text[..end].trim_end_matches(is_leading_on);
    (!start.is_empty()).then(|| format!("{start}{ELLIPSIS}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(chars_max: usize, text: &str) -> String {
        shorten(text, |text| text.chars().count() <= chars_max)
    }

    #[test]
    fn a_text_is_cut_where_a_word_ends() {
        for (chars_max, text, short) in [
            (20, "Rain at nine.", "Rain at nine."),
            (12, "Rain at nine, sun at ten.", "Rain at…"),
            (13, "Rain at nine, sun at ten.", "Rain at nine…"),
            (15, "Rain at nine, sun at ten.", "Rain at nine…"),
            (6, "Donaudampfschiff", "Donau…"),
            (4, "雨が降る港の朝", "雨が降…"),
            (1, "Rain at nine.", ""),
            (0, "Rain", ""),
            (3, "👨‍👩‍👧‍👦 family", ""),
        ] {
            assert_eq!(to(chars_max, text), short, "{chars_max} {text}");
        }
    }
}
