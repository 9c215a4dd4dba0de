//! Which elements a reader does not see. Words in them can only be meant for machines.

use super::pieces::Tag;

mod colour;

use colour::{FAINT, is_no_colour};

/// Elements whose content no reader sees as words.
const UNSEEN: [&str; 24] = [
    "applet", "audio", "canvas", "datalist", "dialog", "embed", "head", "iframe", "math",
    "menuitem", "noembed", "noframes", "noscript", "object", "option", "script", "select", "style",
    "svg", "template", "textarea", "title", "video", "xmp",
];
/// Classes that common style sheets hide by.
const CLASSES: [&str; 12] = [
    "d-none",
    "hidden",
    "hide",
    "invisible",
    "is-hidden",
    "screen-reader-only",
    "screen-reader-text",
    "sr-only",
    "u-hidden",
    "visually-hidden",
    "visuallyhidden",
    "opacity-0",
];
/// Properties that hide with one of these values.
const HIDING: [(&str, &[&str]); 4] = [
    ("display", &["none"]),
    ("visibility", &["hidden", "collapse"]),
    ("content-visibility", &["hidden"]),
    ("mso-hide", &["all"]),
];
/// Letters below this size cannot be read.
const LETTER_PX_MIN: f64 = 4.0;
/// A box below this size shows no letter.
const BOX_PX_MIN: f64 = 2.0;
/// What a letter measures where nothing else is said.
const LETTER_PX: f64 = 16.0;
/// Shifts by so much leave the page.
const SHIFT_PX: f64 = -99.0;

/// Whether a reader sees nothing of what stands in an element.
pub(super) fn is_hidden(tag: &Tag) -> bool {
    let is = |name, value: &str| {
        tag.attribute(name).is_some_and(|v| v.trim().eq_ignore_ascii_case(value))
    };
    UNSEEN.contains(&tag.name.as_str())
        || tag.attribute("hidden").is_some()
        || is("aria-hidden", "true")
        || is("type", "hidden")
        || (tag.name == "font"
            && (is("size", "0")
                || tag.attribute("color").is_some_and(|colour| is_no_colour(&squeezed(colour)))))
        || tag.attribute("class").is_some_and(has_hiding_class)
        || tag.attribute("style").is_some_and(is_hidden_by_style)
}

fn has_hiding_class(classes: &str) -> bool {
    classes
        .split_ascii_whitespace()
        .any(|class| CLASSES.contains(&class.to_ascii_lowercase().as_str()))
}

fn is_hidden_by_style(style: &str) -> bool {
    // Nobody writes escapes, variables or nested comments into a style who does not want to hide it.
    if style.contains(['\\', '{']) || style.contains("var(") {
        return true;
    }
    let style = squeezed(&without_comments(style));
    style.split(';').filter_map(|one| one.split_once(':')).any(|(property, value)| {
        let value = value.trim_end_matches("!important");
        hides(property, value)
    })
}

fn hides(property: &str, value: &str) -> bool {
    let is_listed =
        HIDING.iter().any(|(known, values)| *known == property && values.contains(&value));
    let is_below = |max: f64| pixels(value).is_some_and(|pixels| pixels < max);
    is_listed
        || match property {
            "opacity" => {
                let faint = if value.ends_with('%') { FAINT * 100.0 } else { FAINT };
                number(value).is_some_and(|(number, _)| number < faint)
            }
            "color" | "-webkit-text-fill-color" => is_no_colour(value),
            "font-size" | "font" => is_below(LETTER_PX_MIN),
            "zoom" => number(value).is_some_and(|(number, _)| number == 0.0),
            "height" | "max-height" | "width" | "max-width" => is_below(BOX_PX_MIN),
            "text-indent" | "left" | "right" | "top" | "bottom" | "margin-left" | "margin-top"
            | "margin" => is_below(SHIFT_PX),
            "clip" | "clip-path" => value != "auto" && value != "none",
            "transform" => {
                value.contains("scale(0") || value.contains("(-9") || value.contains("(-100")
            }
            _ => false,
        }
}

/// About how many pixels a length is.
fn pixels(value: &str) -> Option<f64> {
    let (number, unit) = number(value)?;
    let pixels = match unit {
        unit if unit.starts_with('%') => LETTER_PX / 100.0,
        unit if unit.starts_with("em") || unit.starts_with("rem") => LETTER_PX,
        unit if unit.starts_with("pt") => 4.0 / 3.0,
        unit if unit.starts_with('v') => 10.0,
        unit if unit.starts_with("cm") || unit.starts_with("in") => 40.0,
        unit if unit.starts_with("ch") || unit.starts_with("ex") => LETTER_PX / 2.0,
        _ => 1.0,
    };
    Some(number * pixels)
}

/// The number that a value begins with, and what stands behind it: `1e-3px` is a thousandth.
fn number(value: &str) -> Option<(f64, &str)> {
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e');
    let longest = value.find(|c| !is_part(c)).unwrap_or(value.len());
    (1..=longest).rev().find_map(|end| {
        let (number, unit) = value.split_at(end);
        number.parse().ok().map(|number| (number, unit))
    })
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase()
}

fn without_comments(style: &str) -> String {
    let mut kept = String::new();
    let mut rest = style;
    while let Some((before, comment)) = rest.split_once("/*") {
        kept.push_str(before);
        rest = comment.split_once("*/").map_or("", |(_, behind)| behind);
    }
    kept + rest
}

#[cfg(test)]
mod tests {
    use super::super::pieces::{Piece, pieces};
    use super::*;

    fn hidden(markup: &str) -> bool {
        match pieces(markup).first() {
            Some(Piece::Open(tag)) => is_hidden(tag),
            other => panic!("{markup}: {other:?}"),
        }
    }

    #[test]
    fn what_no_reader_sees_is_hidden() {
        for markup in [
            "<script>",
            "<TEMPLATE>",
            "<div hidden>",
            "<div hidden=until-found>",
            "<p aria-hidden=' TRUE '>",
            "<p style='display:none'>",
            "<p style='DISPLAY : NONE !important'>",
            "<p style='color:red;display:/**/none'>",
            "<p style='d\\69splay:none'>",
            "<p style='visibility: hidden;'>",
            "<p style='opacity:0'>",
            "<p style='opacity: .01'>",
            "<p style='opacity:5%'>",
            "<p style='font-size:0'>",
            "<p style='font-size: 1px'>",
            "<p style='font-size:.01em'>",
            "<p style='font-size:1%'>",
            "<p style='font:1px/1 serif'>",
            "<p style='opacity:1e-9'>",
            "<p style='max-height:0.0px'>",
            "<p style='color:#ffffff01'>",
            "<p style='color: #FFF'>",
            "<p style='color:rgb(255, 255, 255)'>",
            "<p style='color:transparent'>",
            "<p style='position:absolute;left:-9999px'>",
            "<p style='text-indent:-1000em'>",
            "<p style='clip:rect(0,0,0,0)'>",
            "<p style='height:0;overflow:hidden'>",
            "<p style='transform:scale(0)'>",
            "<p style='display:&#110;one'>",
            "<p class='note sr-only'>",
            "<font color=white>",
            "<font size=0>",
            "<input type=hidden value=x>",
        ] {
            assert!(hidden(markup), "{markup}");
        }
    }

    #[test]
    fn what_a_reader_sees_is_not() {
        for markup in [
            "<p>",
            "<p style='color:#333;font-size:14px'>",
            "<p style='display:block;opacity:0.9'>",
            "<p style='margin:-4px 0 10px'>",
            "<p class='hidden-gem lead'>",
            "<p aria-hidden=false>",
            "<img width=1>",
            "<p style='background:white'>",
            "<p style='font-size:0.9em;width:100%;height:1.5em'>",
            "<p style='font:bold 14px serif;opacity:1'>",
            "<p style='opacity:1e0'>",
            "<font color=red size=2>",
        ] {
            assert!(!hidden(markup), "{markup}");
        }
    }
}
