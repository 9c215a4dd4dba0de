//! The figures that Flockwork promises, measured on this machine in one go.
//!
//! ```text
//! cargo bench -p benches                     all of them, about ten minutes
//! cargo bench -p benches -- --only burst     one: start, idle, health, burst, tick, nodes, near, cost, pages
//! cargo bench -p benches -- --quick          smaller sizes, a minute or two
//! cargo bench -p benches -- --near-posts N   another table for near than the million posts
//! cargo bench -p benches -- --near-kept DIR  its tables stay there for the next run
//! cargo bench -p benches -- --binary PATH    another build of `flockwork` than the release one
//! ```
//!
//! Processes are measured from outside, as an operator would see them: the release binary
//! `flockwork` is built first if it is not up to date. The table goes to standard output and
//! `target/benches/figures.json`. A figure that misses its target is printed as missed and fails
//! nothing: speed belongs to a machine, so no test asserts it.
#![expect(
    unreachable_pub,
    reason = "nothing outside reaches into a program; `pub` marks what a module offers the others"
)]

mod bare;
mod burst;
mod cost;
mod figure;
mod health;
mod house;
mod http;
mod idle;
mod load;
mod machine;
mod near;
mod node;
mod nodes;
mod options;
mod pages;
mod report;
mod sandbox;
mod start;
mod tick;
mod watch;

use std::path::PathBuf;
use std::process::ExitCode;

use options::{Name, Options};
use report::Report;

fn main() -> ExitCode {
    let options = match Options::of_process() {
        Ok(Some(options)) => options,
        Ok(None) => return ExitCode::SUCCESS,
        Err(mistake) => {
            report::say(&mistake);
            return ExitCode::from(64);
        }
    };
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::say(&format!("The figures could not be measured: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> anyhow::Result<()> {
    let binary = if options.needs_binary() { node::build(options)? } else { PathBuf::new() };
    let mut report = Report::begin(options);
    for name in options.names() {
        report::say(&format!("Measuring {} …", name.as_str()));
        let before = machine::Busy::now()?;
        let mut figures = match name {
            Name::Start => start::measure(&binary, options)?,
            Name::Idle => idle::measure(&binary, options)?,
            Name::Health => health::measure(&binary, options)?,
            Name::Burst => burst::measure(&binary, options)?,
            Name::Tick => tick::measure(options)?,
            Name::Nodes => nodes::measure(&binary, options)?,
            Name::Near => near::measure(options)?,
            Name::Cost => cost::measure(options)?,
            Name::Pages => pages::measure(&binary, options)?,
        };
        let load = before.others()?;
        for figure in &mut figures {
            figure
                .notes
                .push(format!("others used {:.0} % of the machine meanwhile", load * 100.0));
        }
        report.add(figures);
    }
    report.finish()
}
