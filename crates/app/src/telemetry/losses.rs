//! What of the log and of the traces did not come to its end, for `/metrics`.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, MetricEncoder};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::registry::Registry;

use super::counted::{FILES, STDERR};
use super::export::FATES;

/// Reads the counts at each scrape.
#[derive(Debug)]
struct Losses;

/// Makes them part of what `/metrics` shows.
pub fn register(registry: &mut Registry) {
    registry.register_collector(Box::new(Losses));
}

impl Collector for Losses {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let lines = [&STDERR, &FILES].map(|sink| (sink.name, sink.lost()));
        let help = "Lines of the log that were lost, by where they should have gone.";
        let name = "log_lines_lost";
        let at = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
        counts(at, "sink", &lines)?;
        let help = "Spans of traces, by what became of them: the collector took them, the queue had no room, or the collector did not take them.";
        let at = encoder.encode_descriptor("trace_spans", help, None, MetricType::Counter)?;
        counts(at, "fate", &FATES.all())
    }
}

fn counts(mut at: MetricEncoder<'_>, label: &str, of: &[(&str, u64)]) -> Result<(), fmt::Error> {
    for (value, count) in of {
        ConstCounter::new(*count).encode(at.encode_family(&[(label, *value)])?)?;
    }
    Ok(())
}
