//! How a line of the log is written: for people, or as one JSON object.
//!
//! Words of strangers come into messages and fields. Whatever would move a cursor, end a line or turn the
//! direction of writing is escaped, so a line is one line and says what it says (threat 29). A line of
//! work on a slot or a queue carries its trace.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use domain::ports::Clock;
use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::spans::Ids;
use crate::config::LogFormat;
use crate::escape;

/// The field that every line has.
const MESSAGE: &str = "message";
/// Crates that log by the older facade: where a line comes from stands in a field.
const FACADE: &str = "log";

/// Writes lines of one shape.
pub struct Line {
    shape: LogFormat,
    clock: Arc<dyn Clock>,
}

impl Line {
    /// Lines of this shape, dated by that clock.
    pub fn new(shape: LogFormat, clock: Arc<dyn Clock>) -> Self {
        Self { shape, clock }
    }
}

/// What a line says.
struct Said {
    time: String,
    level: Level,
    message: String,
    fields: Vec<(&'static str, Value)>,
    target: String,
    ids: Option<Ids>,
}

impl<S, N> FormatEvent<S, N> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut said = Said {
            time: format!("{:.3}", self.clock.now()),
            level: *event.metadata().level(),
            message: String::new(),
            fields: Vec::new(),
            target: event.metadata().target().to_owned(),
            ids: context.lookup_current().and_then(|span| Ids::of(&span)),
        };
        event.record(&mut said);
        match self.shape {
            LogFormat::Json => said.write_json(&mut writer),
            LogFormat::Pretty => said.write_pretty(&mut writer),
        }
    }
}

impl Said {
    fn write_json(&self, writer: &mut Writer<'_>) -> fmt::Result {
        let mut line = String::with_capacity(256);
        let mut put = |name: &str, value: &Value| {
            let comma = if line.is_empty() { '{' } else { ',' };
            write!(line, "{comma}{}:{value}", Value::from(name))
        };
        put("timestamp", &Value::from(self.time.as_str()))?;
        put("level", &Value::from(self.level.as_str()))?;
        put(MESSAGE, &Value::from(self.message.as_str()))?;
        for (name, value) in &self.fields {
            put(name, value)?;
        }
        put("target", &Value::from(self.target.as_str()))?;
        if let Some(Ids { trace, span }) = self.ids {
            put("trace_id", &Value::from(trace.to_string()))?;
            put("span_id", &Value::from(format!("{span:016x}")))?;
        }
        writeln!(writer, "{}}}", escape::in_json(&line))
    }

    fn write_pretty(&self, writer: &mut Writer<'_>) -> fmt::Result {
        let (time, level) = (&self.time, self.level);
        if writer.has_ansi_escapes() {
            write!(writer, "\u{1b}[2m{time}\u{1b}[0m {}{level:>5}\u{1b}[0m ", colour(level))?;
        } else {
            write!(writer, "{time} {level:>5} ")?;
        }
        writer.write_str(&escape::on_one_line(&self.message))?;
        let ids = self.ids.map(|ids| ("trace_id", Value::from(ids.trace.to_string())));
        for (name, value) in self.fields.iter().chain(&ids) {
            let value = match value {
                Value::String(text) => escape::on_one_line(text).into_owned(),
                other => other.to_string(),
            };
            if writer.has_ansi_escapes() {
                write!(writer, " \u{1b}[2m{name}=\u{1b}[0m{value}")?;
            } else {
                write!(writer, " {name}={value}")?;
            }
        }
        writeln!(writer)
    }

    fn put(&mut self, field: &Field, value: Value) {
        match (field.name(), value) {
            (MESSAGE, Value::String(text)) => self.message = text,
            ("log.target", Value::String(target)) if self.target == FACADE => self.target = target,
            (name, _) if name.starts_with("log.") => {}
            (name, value) => self.fields.push((name.trim_start_matches("r#"), value)),
        }
    }
}

impl Visit for Said {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, Value::from(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, Value::from(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, Value::from(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, Value::from(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, Value::from(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, Value::from(format!("{value:?}")));
    }
}

/// As terminals show it: red, yellow, green, blue, magenta.
fn colour(level: Level) -> &'static str {
    match level {
        Level::ERROR => "\u{1b}[31m",
        Level::WARN => "\u{1b}[33m",
        Level::INFO => "\u{1b}[32m",
        Level::DEBUG => "\u{1b}[34m",
        Level::TRACE => "\u{1b}[35m",
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::Mutex;

    use testkit::{TestClock, at};
    use tracing_subscriber::layer::SubscriberExt as _;
    use tracing_subscriber::{Registry, fmt};

    use super::*;
    use crate::telemetry::spans::Spans;

    #[derive(Clone, Default)]
    struct Heard(Arc<Mutex<Vec<u8>>>);

    impl Write for Heard {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(shape: LogFormat, work: impl FnOnce()) -> String {
        let heard = Heard::default();
        let clock = Arc::new(TestClock::at(at("2026-11-23T09:00:00.5Z")));
        let to = heard.clone();
        let layer = fmt::layer()
            .with_ansi(false)
            .event_format(Line::new(shape, clock))
            .with_writer(move || to.clone());
        let subscriber = Registry::default().with(Spans::new(None)).with(layer);
        tracing::subscriber::with_default(subscriber, work);
        let bytes = std::mem::take(&mut *heard.0.lock().unwrap());
        String::from_utf8(bytes).unwrap()
    }

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319d";

    fn work() {
        tracing::info!(bot.id = %"ada", slot.id = 7, is_late = true, "@ada posted");
        let span = tracing::info_span!(target: "trace", "send", trace_id = TRACE);
        span.in_scope(|| tracing::warn!("a\u{1b}[2J\nINFO forged \u{202e}b"));
    }

    #[test]
    fn json_has_a_line_for_each_event_and_says_its_trace() {
        let lines = logged(LogFormat::Json, work);
        let lines: Vec<&str> = lines.lines().collect();
        assert_eq!(
            lines[0],
            "{\"timestamp\":\"2026-11-23T09:00:00.500Z\",\"level\":\"INFO\",\"message\":\"@ada posted\",\
             \"bot.id\":\"ada\",\"slot.id\":7,\"is_late\":true,\
             \"target\":\"flockwork::telemetry::line::tests\"}"
        );
        assert_eq!(lines.len(), 2);
        let read: Value = serde_json::from_str(lines[1]).unwrap();
        assert_eq!(read["message"], "a\u{1b}[2J\nINFO forged \u{202e}b");
        assert_eq!(read["trace_id"], TRACE);
        assert_eq!(read["span_id"].as_str().unwrap().len(), 16);
        assert!(lines[1].is_ascii(), "{}", lines[1]);
    }

    #[test]
    fn words_of_strangers_make_no_line_of_their_own() {
        let lines = logged(LogFormat::Pretty, work);
        assert_eq!(
            lines,
            format!(
                "2026-11-23T09:00:00.500Z  INFO @ada posted bot.id=ada slot.id=7 is_late=true\n\
                 2026-11-23T09:00:00.500Z  WARN a\\u{{1b}}[2J\\u{{a}}INFO forged \\u{{202e}}b trace_id={TRACE}\n"
            )
        );
    }
}
