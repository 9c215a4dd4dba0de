//! A line of small bars in a sentence: how something went, day by day.

use std::fmt::Write as _;

const HEIGHT: i64 = 16;

/// The drawing of these numbers, the last of them today.
pub(crate) fn spark(values: &[i64]) -> String {
    let most = values.iter().copied().max().unwrap_or(0).max(1);
    let width = values.len().max(1) * 5;
    let mut svg = format!(
        "<svg class=\"spark\" viewBox=\"0 0 {width} {HEIGHT}\" width=\"{width}\" height=\"{HEIGHT}\" \
         aria-hidden=\"true\">"
    );
    for (place, value) in values.iter().enumerate() {
        let height = i128::from((*value).max(0)) * i128::from(HEIGHT - 1) / i128::from(most) + 1;
        let y = i128::from(HEIGHT) - height;
        // Writing to a String cannot fail.
        let _ =
            write!(svg, "<rect x=\"{}\" y=\"{y}\" width=\"4\" height=\"{height}\"/>", place * 5);
    }
    svg.push_str("</svg>");
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_fills_the_line_and_nothing_is_a_hair() {
        let svg = spark(&[0, 50, 100, -3]);
        let of = |height: u8| svg.matches(&format!("height=\"{height}\"/>")).count();
        assert_eq!((of(1), of(8), of(16)), (2, 1, 1), "{svg}");
    }
}
