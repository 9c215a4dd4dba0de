//! Who collects traces, and how many. The variables are OpenTelemetry's own, so that what sets them for
//! other programs of a house sets them for this one.

use domain::model::Secret;

use super::parse::{self, Wrong};
use super::setting::{Kind, Setting};
use super::sources::Sources;

/// Below an endpoint for everything, traces are taken here.
const PATH: &str = "/v1/traces";

/// Who collects traces.
#[derive(Clone)]
pub struct Tracing {
    /// Where they are handed in.
    pub url: String,
    /// What the collector wants to see.
    pub headers: Vec<(String, Secret)>,
    /// The name under which they are told.
    pub service: String,
    /// Which of them.
    pub sampler: Sampler,
}

/// Which traces are told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sampler {
    /// All.
    All,
    /// None.
    None,
    /// This part of them, chosen by the number of the trace: all nodes choose the same.
    Part(f64),
}

const ENDPOINT: Setting = Setting {
    variable: "OTEL_EXPORTER_OTLP_ENDPOINT",
    file: Some(("traces", "endpoint")),
    kind: Kind::Text,
    default: None,
    meaning: "The address of an OpenTelemetry collector, to which traces go by OTLP over HTTP; without one\n\
              nothing is collected.",
    example: "http://127.0.0.1:4318",
};

const TRACES_ENDPOINT: Setting = Setting {
    variable: "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    file: Some(("traces", "traces_endpoint")),
    kind: Kind::Text,
    default: None,
    meaning: "The same with its whole path, where that is not `/v1/traces` below the endpoint.",
    example: "https://collector.example.org/otlp/v1/traces",
};

const HEADERS: Setting = Setting {
    variable: "OTEL_EXPORTER_OTLP_HEADERS",
    file: Some(("traces", "headers")),
    kind: Kind::Secret,
    default: None,
    meaning: "A file that holds headers which the collector wants to see, such as `api-key=..,tenant=..`.",
    example: "/run/secrets/otlp_headers",
};

const SERVICE: Setting = Setting {
    variable: "OTEL_SERVICE_NAME",
    file: Some(("traces", "service_name")),
    kind: Kind::Text,
    default: Some("flockwork"),
    meaning: "The name under which this house is told.",
    example: "",
};

const SAMPLER: Setting = Setting {
    variable: "OTEL_TRACES_SAMPLER",
    file: Some(("traces", "sampler")),
    kind: Kind::Text,
    default: Some("always_on"),
    meaning: "Which traces: always_on, always_off, or traceidratio for a part of them.",
    example: "",
};

const SAMPLER_ARG: Setting = Setting {
    variable: "OTEL_TRACES_SAMPLER_ARG",
    file: Some(("traces", "sampler_arg")),
    kind: Kind::Text,
    default: Some("1.0"),
    meaning: "That part, from 0.0 to 1.0.",
    example: "",
};

pub(super) const SETTINGS: &[&Setting] =
    &[&ENDPOINT, &TRACES_ENDPOINT, &HEADERS, &SERVICE, &SAMPLER, &SAMPLER_ARG];

#[derive(Clone, Copy)]
enum Kept {
    All,
    None,
    Part,
}

const SAMPLERS: &[(&str, Kept)] = &[
    ("always_on", Kept::All),
    ("always_off", Kept::None),
    ("traceidratio", Kept::Part),
    // Nobody calls us with a trace, so nothing has a parent.
    ("parentbased_always_on", Kept::All),
    ("parentbased_always_off", Kept::None),
    ("parentbased_traceidratio", Kept::Part),
];

/// Who collects traces, where anybody does.
pub(super) fn read(sources: &mut Sources<'_>) -> Option<Tracing> {
    let endpoint = sources.find(&ENDPOINT, parse::base_url).map(|(url, _)| format!("{url}{PATH}"));
    let whole = sources.find(&TRACES_ENDPOINT, parse::base_url).map(|(url, _)| url);
    let headers = headers(sources);
    let service = sources.read(&SERVICE, parse::text).0;
    let kept = sources.read(&SAMPLER, parse::word(SAMPLERS)).0;
    let part = sources.read(&SAMPLER_ARG, part).0;
    let sampler = match kept {
        Kept::All => Sampler::All,
        Kept::None => Sampler::None,
        Kept::Part => Sampler::Part(part),
    };
    Some(Tracing { url: whole.or(endpoint)?, headers, service, sampler })
}

/// As OpenTelemetry writes them: `name=value`, separated by commas, values percent-encoded.
fn headers(sources: &mut Sources<'_>) -> Vec<(String, Secret)> {
    let Some((text, place)) = sources.secret(&HEADERS) else { return Vec::new() };
    let parts = text.open().split(',').map(str::trim).filter(|part| !part.is_empty());
    if let Some(headers) = parts.map(header).collect::<Option<Vec<_>>>() {
        return headers;
    }
    sources.problems.add(
        place,
        "a list of headers that cannot be read",
        "`name=value`, several separated by commas",
        "write a comma or an equals sign within a value as %2C or %3D",
    );
    Vec::new()
}

fn header(part: &str) -> Option<(String, Secret)> {
    let (name, value) = part.split_once('=')?;
    let name = name.trim().to_ascii_lowercase();
    let is_name = !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    let value = decoded(value.trim())?;
    let is_value = value.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    (is_name && is_value).then(|| (name, Secret::new(value)))
}

/// `%2C` as the comma that it stands for.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first != b'%' {
            bytes.push(*first);
            rest = after;
            continue;
        }
        let digits = std::str::from_utf8(after.get(..2)?).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = &after[2..];
    }
    String::from_utf8(bytes).ok()
}

fn part(text: &str) -> Result<f64, Wrong> {
    text.parse()
        .ok()
        .filter(|part| (0.0..=1.0).contains(part))
        .ok_or_else(|| Wrong::new("a number from 0.0 to 1.0", "write 0.1 for one trace in ten"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_as_opentelemetry_writes_them() {
        let read = |text| header(text).map(|(name, value)| (name, value.open().to_owned()));
        let of = |name: &str, value: &str| Some((name.to_owned(), value.to_owned()));
        assert_eq!(read("Api-Key=abc%3D%2C1"), of("api-key", "abc=,1"));
        assert_eq!(read("authorization=Basic a2V5Og=="), of("authorization", "Basic a2V5Og=="));
        for wrong in ["x", "=x", "a b=c", "a=%4", "a=%zz", "a=%0A"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
