//! Emoji sequences, each of which X counts as one.
//!
//! Source: X's counting rules v3 ("emoji parsing"). A sequence counts as one only if Unicode
//! recommends it: X splits others into their parts, and counting them as one would let a text pass
//! that X refuses as too long.

use unicode_properties::{EmojiStatus, UnicodeEmoji};
use unicode_segmentation::UnicodeSegmentation;

/// So much of a text is looked at for one sequence.
const SEQUENCE_CHARS_MAX: usize = 32;
const JOINER: char = '\u{200D}';
const EMOJI_STYLE: char = '\u{FE0F}';
const TEXT_STYLE: char = '\u{FE0E}';
const KEYCAP: char = '\u{20E3}';

/// The bytes of the emoji sequence that `text` begins with, if it begins with one.
pub(super) fn sequence_at(text: &str) -> Option<usize> {
    let first = text.chars().next()?;
    if !is_base(first) {
        return None;
    }
    // Longer than any sequence that Unicode recommends, so the rest of an endless one decides
    // nothing.
    let end = text.char_indices().nth(SEQUENCE_CHARS_MAX).map_or(text.len(), |(end, _)| end);
    let cluster = text[..end].graphemes(true).next()?;
    if is_recommended(cluster) { Some(cluster.len()) } else { simple(cluster) }
}

/// Whether `character` can begin a sequence. Digits can (`1` + keycap), most text ends here.
fn is_base(character: char) -> bool {
    character.is_emoji_char()
}

/// Whether Unicode's list has it; the emoji style selector is optional in what people type.
fn is_recommended(cluster: &str) -> bool {
    if !cluster.contains([JOINER, '\u{E007F}']) && !cluster.chars().all(is_flag_letter) {
        return false;
    }
    emojis::get(cluster).is_some() || {
        let bare: String = cluster.chars().filter(|c| *c != EMOJI_STYLE).collect();
        emojis::get(&bare).is_some()
    }
}

/// One emoji with its style and skin tone, or a keycap; without joiners.
fn simple(cluster: &str) -> Option<usize> {
    let mut rest = cluster.chars().peekable();
    let base = rest.next()?;
    let has_style = rest.next_if_eq(&EMOJI_STYLE).is_some();
    let mut bytes = base.len_utf8() + if has_style { EMOJI_STYLE.len_utf8() } else { 0 };
    if base.is_ascii() {
        return rest.next_if_eq(&KEYCAP).map(|keycap| bytes + keycap.len_utf8());
    }
    let is_latin_sign = matches!(base, '©' | '®');
    if (is_latin_sign && !has_style) || rest.peek() == Some(&TEXT_STYLE) {
        return None;
    }
    if let Some(tone) = rest.next_if(|c| takes_tone(base) && is_skin_tone(*c)) {
        bytes += tone.len_utf8();
    }
    Some(bytes)
}

fn takes_tone(base: char) -> bool {
    matches!(
        base.emoji_status(),
        EmojiStatus::EmojiPresentationAndModifierBase | EmojiStatus::EmojiModifierBase
    )
}

fn is_skin_tone(character: char) -> bool {
    ('\u{1F3FB}'..='\u{1F3FF}').contains(&character)
}

fn is_flag_letter(character: char) -> bool {
    ('\u{1F1E6}'..='\u{1F1FF}').contains(&character)
}
