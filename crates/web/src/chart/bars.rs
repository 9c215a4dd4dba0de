//! Stacked bars, one for each day.

use std::fmt::Write as _;

/// The height of a drawing, in its own units; a bar is ten wide.
const HEIGHT: u64 = 100;
const STEP: u64 = 10;
/// So much of a step is bar, the rest a gap.
const WIDTH: u64 = 8;

/// What is stacked: its class, and a number for each bar.
pub(crate) struct Layer {
    pub(crate) class: &'static str,
    pub(crate) values: Vec<u64>,
}

/// Bars with what each says when pointed at.
pub(crate) struct Bars {
    pub(crate) labels: Vec<String>,
    /// From the bottom up.
    pub(crate) layers: Vec<Layer>,
}

impl Bars {
    /// The highest bar.
    pub(crate) fn most(&self) -> u64 {
        (0..self.labels.len()).map(|place| self.sum(place)).max().unwrap_or(0)
    }

    fn sum(&self, place: usize) -> u64 {
        self.layers.iter().filter_map(|layer| layer.values.get(place)).sum()
    }

    /// The drawing. What it says stands beside it as text, so it is hidden from those who hear it.
    pub(crate) fn draw(&self) -> String {
        let most = self.most().max(1);
        let width = self.labels.len().max(1) as u64 * STEP;
        let mut svg = format!(
            "<svg class=\"bars\" viewBox=\"0 0 {width} {HEIGHT}\" preserveAspectRatio=\"none\" \
             aria-hidden=\"true\">"
        );
        for (place, label) in self.labels.iter().enumerate() {
            let x = place as u64 * STEP + (STEP - WIDTH) / 2;
            let label = askama::filters::escape(label, askama::filters::Html)
                .map_or_else(|never| match never {}, |escaped| escaped.to_string());
            // Writing to a String cannot fail.
            let _ = write!(svg, "<g><title>{label}</title>");
            let mut below = 0;
            for layer in &self.layers {
                let value = layer.values.get(place).copied().unwrap_or(0);
                let (top, bottom) = (scaled(below + value, most), scaled(below, most));
                below += value;
                if value > 0 {
                    let _ = write!(
                        svg,
                        "<rect class=\"{}\" x=\"{x}\" y=\"{}\" width=\"{WIDTH}\" height=\"{}\"/>",
                        layer.class,
                        tenths(HEIGHT * 10 - top),
                        tenths(top - bottom),
                    );
                }
            }
            svg.push_str("</g>");
        }
        svg.push_str("</svg>");
        svg
    }
}

/// In tenths of a unit.
fn scaled(value: u64, most: u64) -> u64 {
    let whole = u128::from(value) * u128::from(HEIGHT * 10) / u128::from(most);
    u64::try_from(whole).unwrap_or(HEIGHT * 10)
}

fn tenths(value: u64) -> String {
    format!("{}.{}", value / 10, value % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_stand_on_each_other_and_the_highest_bar_is_full() {
        let bars = Bars {
            labels: vec!["Mon <1>".to_owned(), "Tue".to_owned()],
            layers: vec![
                Layer { class: "on-time", values: vec![3, 1] },
                Layer { class: "late", values: vec![1, 0] },
            ],
        };
        assert_eq!(bars.most(), 4);
        assert_eq!(
            bars.draw(),
            "<svg class=\"bars\" viewBox=\"0 0 20 100\" preserveAspectRatio=\"none\" \
             aria-hidden=\"true\"><g><title>Mon &#60;1&#62;</title>\
             <rect class=\"on-time\" x=\"1\" y=\"25.0\" width=\"8\" height=\"75.0\"/>\
             <rect class=\"late\" x=\"1\" y=\"0.0\" width=\"8\" height=\"25.0\"/></g>\
             <g><title>Tue</title><rect class=\"on-time\" x=\"11\" y=\"75.0\" width=\"8\" \
             height=\"25.0\"/></g></svg>"
        );
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        let none = Bars { labels: Vec::new(), layers: Vec::new() };
        assert!(none.draw().contains("viewBox=\"0 0 10 100\""));
    }
}
