//! What there is to scrape, as the format itself says it.

use prometheus_client::encoding::prometheus_text;
use prometheus_client::registry::Registry;

use super::Metrics;

/// A metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricLine {
    /// Its name, with prefix and unit.
    pub name: String,
    /// `counter`, `gauge` or `histogram`.
    pub kind: String,
    /// What it means.
    pub meaning: String,
}

/// What `/metrics` shows of a registry and of the pages, by name.
pub fn list_metrics(registry: Registry) -> Vec<MetricLine> {
    let metrics = Metrics::new(registry);
    let mut text = String::new();
    prometheus_text::encode(&mut text, &metrics.registry)
        .expect("a String takes text, and no collector of ours fails");
    let mut lines: Vec<MetricLine> = text.lines().filter_map(help).collect();
    for line in &mut lines {
        let kind = text.lines().find_map(|one| {
            one.strip_prefix("# TYPE ")?.strip_prefix(line.name.as_str())?.strip_prefix(' ')
        });
        kind.unwrap_or("untyped").clone_into(&mut line.kind);
    }
    lines.sort_by(|a, b| a.name.cmp(&b.name));
    lines
}

fn help(line: &str) -> Option<MetricLine> {
    let (name, meaning) = line.strip_prefix("# HELP ")?.split_once(' ')?;
    let meaning = meaning.to_owned();
    Some(MetricLine { name: name.to_owned(), kind: String::new(), meaning })
}
