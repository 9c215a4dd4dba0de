//! A collector of traces that we did not write (Rotel), and what it printed of the spans that it got.
//!
//! `./test` installs it beside what it builds:
//! `python3 -m venv target/collector && target/collector/bin/pip install rotel==0.0.1a15`

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::ports::free_port;
use super::until;

/// A collector that prints what it gets.
pub struct Collector {
    child: Child,
    port: u16,
    said: PathBuf,
}

impl Collector {
    /// One with its files in that folder.
    pub fn start(folder: &Path) -> Self {
        let [port, grpc] = [free_port(), free_port()];
        let said = folder.join("collector.out");
        let out = File::create(&said).expect("a file of the test");
        let at = |port: u16| format!("127.0.0.1:{port}");
        let child = Command::new(program())
            .args(["start", "--exporter", "blackhole", "--debug-log", "traces"])
            .args(["--debug-log-verbosity", "detailed"])
            .args(["--otlp-http-endpoint", &at(port), "--otlp-grpc-endpoint", &at(grpc)])
            .arg("--pid-file")
            .arg(folder.join("collector.pid"))
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(out.try_clone().expect("the same file twice"))
            .stderr(out)
            .spawn()
            .expect("the collector starts");
        until("the collector listening", 20, || std::net::TcpStream::connect(at(port)).ok());
        Self { child, port, said }
    }

    /// Where it listens.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// All that it printed.
    pub fn text(&self) -> String {
        std::fs::read_to_string(&self.said).expect("what the collector said")
    }

    /// The spans that it got.
    pub fn spans(&self) -> Vec<Span> {
        read(&self.text())
    }

    /// The traces that hang below a span of this name and state.
    pub fn traces(&self, first: &str, wanted: (&str, &str)) -> Vec<Vec<Span>> {
        let spans = self.spans();
        let firsts = spans.iter().filter(|span| {
            let (key, value) = wanted;
            span.name == first
                && span.parent.is_empty()
                && span.attributes.get(key).is_some_and(|is| is == value)
        });
        let of =
            |one: &Span| spans.iter().filter(|span| span.trace == one.trace).cloned().collect();
        firsts.map(of).collect()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Beside the folder of what was built.
fn program() -> PathBuf {
    let test = std::env::current_exe().expect("this program");
    let target = test.ancestors().nth(3).expect("target/debug/deps/processes");
    let lib = target.join("collector/lib");
    let pythons = std::fs::read_dir(&lib).into_iter().flatten().flatten();
    let found = pythons.map(|python| python.path().join("site-packages/rotel/rotel-agent"));
    found.into_iter().find(|program| program.exists()).unwrap_or_else(|| {
        panic!(
            "no collector of traces below {}: ./test installs it (python3 -m venv {}/collector, then \
             {}/collector/bin/pip install rotel==0.0.1a15)",
            lib.display(), target.display(), target.display()
        )
    })
}

/// A span, as the collector prints it.
#[derive(Clone, Debug, Default)]
pub struct Span {
    /// The number of its trace.
    pub trace: String,
    /// The span that it hangs below; empty where it is the first.
    pub parent: String,
    /// Its number.
    pub id: String,
    /// What was done.
    pub name: String,
    /// The node that told it.
    pub instance: String,
    /// What is known of it.
    pub attributes: BTreeMap<String, String>,
}

fn read(text: &str) -> Vec<Span> {
    let (mut spans, mut instance): (Vec<Span>, String) = (Vec::new(), String::new());
    for line in text.lines().map(str::trim) {
        if line.starts_with("Span #") {
            spans.push(Span { instance: instance.clone(), ..Span::default() });
        }
        if let Some((key, value)) = line.strip_prefix("-> ").and_then(|pair| pair.split_once(": "))
        {
            let value =
                value.split_once('(').map_or(value, |(_, value)| value.trim_end_matches(')'));
            if key == "service.instance.id" {
                value.clone_into(&mut instance);
            } else if let Some(span) = spans.last_mut() {
                span.attributes.insert(key.to_owned(), value.to_owned());
            }
        }
        let (Some((key, value)), Some(span)) = (line.split_once(':'), spans.last_mut()) else {
            continue;
        };
        let value = value.trim().to_owned();
        match key.trim() {
            "Trace ID" => span.trace = value,
            "Parent ID" => span.parent = value,
            "ID" => span.id = value,
            "Name" => span.name = value,
            _ => {}
        }
    }
    spans
}
