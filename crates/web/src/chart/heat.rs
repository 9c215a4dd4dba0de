//! The hours of a week as seven rows of 24 squares, the darker the more.

use std::fmt::Write as _;

const STEP: usize = 10;
const SIDE: usize = 9;
/// Steps of darkness, besides nothing at all.
const STEPS: u64 = 4;

/// The drawing; `hours[0]` is Monday.
pub(crate) fn heat(hours: &[[u64; 24]; 7], label: impl Fn(usize, usize, u64) -> String) -> String {
    let most = hours.iter().flatten().copied().max().unwrap_or(0).max(1);
    let mut svg = format!(
        "<svg class=\"heat\" viewBox=\"0 0 {} {}\" preserveAspectRatio=\"none\" aria-hidden=\"true\">",
        24 * STEP,
        7 * STEP
    );
    for (day, row) in hours.iter().enumerate() {
        for (hour, count) in row.iter().enumerate() {
            let step = (count * STEPS).div_ceil(most);
            let (x, y) = (hour * STEP, day * STEP);
            // Writing to a String cannot fail.
            let _ = write!(
                svg,
                "<rect class=\"heat-{step}\" x=\"{x}\" y=\"{y}\" width=\"{SIDE}\" \
                 height=\"{SIDE}\"><title>{}</title></rect>",
                label(day, hour, *count),
            );
        }
    }
    svg.push_str("</svg>");
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_is_darkest_and_one_is_not_nothing() {
        let mut hours = [[0; 24]; 7];
        (hours[0][9], hours[6][23]) = (100, 1);
        let svg = heat(&hours, |day, hour, count| format!("{day} {hour} {count}"));
        assert!(svg.contains("<rect class=\"heat-4\" x=\"90\" y=\"0\""), "{svg}");
        assert!(svg.contains("<rect class=\"heat-1\" x=\"230\" y=\"60\""));
        assert_eq!(svg.matches("heat-0").count(), 7 * 24 - 2);
        assert!(svg.contains("<title>0 9 100</title>"));
    }
}
