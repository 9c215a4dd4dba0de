//! Colours in which nothing can be read on a page.

/// An alpha below this cannot be seen.
pub(super) const FAINT: f64 = 0.15;
/// From this on each of red, green and blue is white paper.
const PAPER: f64 = 235.0;
/// Names of what cannot be told from paper, or is nothing.
const NAMES: [&str; 14] = [
    "transparent",
    "white",
    "snow",
    "ivory",
    "whitesmoke",
    "ghostwhite",
    "floralwhite",
    "azure",
    "mintcream",
    "honeydew",
    "seashell",
    "aliceblue",
    "oldlace",
    "lavenderblush",
];

/// Whether a colour, in lower case and without spaces, is that of the paper or none.
pub(super) fn is_no_colour(colour: &str) -> bool {
    if NAMES.contains(&colour) {
        return true;
    }
    let (parts, alpha) = match colour.strip_prefix('#') {
        Some(digits) => of_digits(digits),
        None => of_function(colour),
    };
    alpha < FAINT || (!parts.is_empty() && parts.iter().all(|part| *part >= PAPER))
}

/// `#rgb`, `#rgba`, `#rrggbb`, `#rrggbbaa`.
fn of_digits(digits: &str) -> (Vec<f64>, f64) {
    let width = if digits.len() <= 4 { 1 } else { 2 };
    let part = |at: usize| {
        let part = digits.get(at * width..(at + 1) * width)?;
        let value = u32::from_str_radix(part, 16).ok().map(f64::from)?;
        Some(if width == 1 { value * 17.0 } else { value })
    };
    let parts: Vec<f64> = (0..3).filter_map(part).collect();
    (parts, part(3).map_or(1.0, |alpha| alpha / 255.0))
}

/// `rgb(…)`, `hsl(…)` and their like; of others than `rgb` only the lightness is paper or not.
fn of_function(colour: &str) -> (Vec<f64>, f64) {
    let Some((name, rest)) = colour.split_once('(') else { return (Vec::new(), 1.0) };
    let parts: Vec<&str> = rest.trim_end_matches(')').split([',', '/']).collect();
    let of = |part: &str, whole: f64| {
        let number: Option<f64> = part.trim_end_matches('%').parse().ok();
        number.map(|number| if part.ends_with('%') { number / 100.0 * whole } else { number })
    };
    let alpha = parts.get(3).and_then(|alpha| of(alpha, 1.0)).unwrap_or(1.0);
    let parts: Vec<f64> = match name {
        "rgb" | "rgba" => parts.iter().take(3).filter_map(|part| of(part, 255.0)).collect(),
        "hsl" | "hsla" => parts.get(2).and_then(|light| of(light, 255.0)).into_iter().collect(),
        _ => Vec::new(),
    };
    (parts, alpha)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paper_on_paper_and_nothing_at_all_cannot_be_read() {
        for (colour, is_none) in [
            ("white", true),
            ("#fff", true),
            ("#fefefe", true),
            ("#f0f0f0", true),
            ("#00000000", true),
            ("#0001", true),
            ("rgb(255,255,255)", true),
            ("rgb(100%,100%,100%)", true),
            ("rgba(12,12,12,0)", true),
            ("rgba(12,12,12,5%)", true),
            ("hsl(0,0%,100%)", true),
            ("hsla(10,50%,50%,.01)", true),
            ("#333", false),
            ("#ff0", false),
            ("#ffffff33", true),
            ("#333333ff", false),
            ("rgb(10,255,255)", false),
            ("rgba(0,0,0,0.8)", false),
            ("hsl(0,0%,40%)", false),
            ("red", false),
            ("inherit", false),
            ("#zzz", false),
            ("#é", false),
            ("", false),
        ] {
            assert_eq!(is_no_colour(colour), is_none, "{colour}");
        }
    }
}
