//! Which elements a reader does not see. Words in them can only be meant for machines.

use super::pieces::Tag;

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
const HIDING: [(&str, &[&str]); 12] = [
    ("display", &["none"]),
    ("visibility", &["hidden", "collapse"]),
    ("content-visibility", &["hidden"]),
    ("mso-hide", &["all"]),
    ("color", COLOURS),
    ("-webkit-text-fill-color", COLOURS),
    ("font-size", ZERO),
    ("height", ZERO),
    ("max-height", ZERO),
    ("width", ZERO),
    ("max-width", ZERO),
    ("zoom", ZERO),
];
/// Nothing, in the ways in which it is written.
const ZERO: &[&str] =
    &["0", "0px", "0em", "0rem", "0pt", "0%", "0.0", "0.1px", "1px", "0.1em", "1pt"];
/// Colours that cannot be told from the page, or are none.
const COLOURS: &[&str] = &[
    "transparent",
    "white",
    "#fff",
    "#ffff",
    "#ffffff",
    "#ffffffff",
    "#fefefe",
    "#fffffe",
    "rgb(255,255,255)",
    "rgba(255,255,255,1)",
    "rgba(0,0,0,0)",
    "hsl(0,0%,100%)",
    "snow",
    "ivory",
    "whitesmoke",
    "ghostwhite",
    "floralwhite",
];
/// An opacity or a scale below this cannot be read.
const FAINT: f64 = 0.15;
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
            && (is("size", "0") || tag.attribute("color").is_some_and(is_no_colour)))
        || tag.attribute("class").is_some_and(has_hiding_class)
        || tag.attribute("style").is_some_and(is_hidden_by_style)
}

fn has_hiding_class(classes: &str) -> bool {
    classes
        .split_ascii_whitespace()
        .any(|class| CLASSES.contains(&class.to_ascii_lowercase().as_str()))
}

fn is_no_colour(colour: &str) -> bool {
    COLOURS.contains(&squeezed(colour).as_str())
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
    let is_below = |max: f64, text: &str| number(text).is_some_and(|number| number < max);
    is_listed
        || match property {
            "opacity" => is_below(if value.ends_with('%') { FAINT * 100.0 } else { FAINT }, value),
            "text-indent" | "left" | "right" | "top" | "bottom" | "margin-left" | "margin-top"
            | "margin" => is_below(SHIFT_PX, value),
            "clip" | "clip-path" => value != "auto" && value != "none",
            "transform" => {
                value.contains("scale(0") || value.contains("(-9") || value.contains("(-100")
            }
            "font" => {
                value.starts_with("0/") || value.starts_with("0px") || value.starts_with("1px")
            }
            _ => false,
        }
}

/// The number that a value begins with.
fn number(value: &str) -> Option<f64> {
    let end = value.find(|c: char| !c.is_ascii_digit() && !matches!(c, '-' | '+' | '.'));
    value[..end.unwrap_or(value.len())].parse().ok()
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
            "<font color=red size=2>",
        ] {
            assert!(!hidden(markup), "{markup}");
        }
    }
}
