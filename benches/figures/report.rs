//! What is said: progress, a table for people, a file for programs.

use std::path::PathBuf;

use anyhow::Context as _;
use domain::ports::Clock as _;
use serde::Serialize;

use crate::figure::{Figure, Target};
use crate::machine::Machine;
use crate::options::Options;
use crate::watch::WallClock;

/// Everything that was measured.
#[derive(Serialize)]
pub struct Report {
    at: String,
    is_quick: bool,
    machine: Machine,
    figures: Vec<Row>,
}

/// A figure with what follows from it.
#[derive(Serialize)]
struct Row {
    #[serde(flatten)]
    figure: Figure,
    ratio: Option<f64>,
    is_met: Option<bool>,
}

impl Report {
    /// Nothing yet.
    pub fn begin(options: &Options) -> Self {
        let machine = Machine::here();
        say(&format!(
            "{} processors ({}), Linux {}{}",
            machine.processors,
            machine.model,
            machine.kernel,
            if options.is_quick { "; quick sizes, which promise nothing" } else { "" }
        ));
        let at = WallClock.now().to_string();
        Self { at, is_quick: options.is_quick, machine, figures: Vec::new() }
    }

    /// Adds what a group yielded, and shows it at once.
    pub fn add(&mut self, figures: Vec<Figure>) {
        for figure in figures {
            show(&figure);
            let (ratio, is_met) = (figure.ratio(), figure.is_met());
            self.figures.push(Row { figure, ratio, is_met });
        }
    }

    /// Prints the table and writes the file.
    pub fn finish(&self) -> anyhow::Result<()> {
        say("");
        say(&line(["figure", "value", "target", "baseline", "ratio", "met?"].map(str::to_owned)));
        for row in &self.figures {
            say(&line(cells(row)));
        }
        let file = folder().join("figures.json");
        let json = serde_json::to_vec_pretty(self).context("writing JSON")?;
        std::fs::write(&file, json).with_context(|| format!("writing {}", file.display()))?;
        say(&format!("\nWritten to {}", file.display()));
        Ok(())
    }
}

/// `target/benches`, made if it is not there.
pub fn folder() -> PathBuf {
    let own = std::env::current_exe().unwrap_or_default();
    let target = own.ancestors().nth(3).map(PathBuf::from).unwrap_or_default();
    let folder = target.join("benches");
    // Where it cannot be made, writing into it says so.
    let _ = std::fs::create_dir_all(&folder);
    folder
}

/// One line on standard output.
#[expect(clippy::print_stdout, reason = "the one place of this program that speaks")]
pub fn say(line: &str) {
    println!("{line}");
}

fn show(figure: &Figure) {
    say(&format!("  {}: {} {}", figure.name, number(figure.value), figure.unit));
    if let Some(baseline) = &figure.baseline {
        say(&format!("    beside {}: {} {}", baseline.what, number(baseline.value), figure.unit));
    }
    for note in &figure.notes {
        say(&format!("    {note}"));
    }
}

fn cells(row: &Row) -> [String; 6] {
    let Row { figure, ratio, is_met } = row;
    let unit = figure.unit;
    let target = match figure.target {
        Target::AtMost(most) => format!("<= {} {unit}", number(most)),
        Target::AtLeast(least) => format!(">= {} {unit}", number(least)),
        Target::RatioAtLeast(least) => format!("ratio >= {least}"),
        Target::RatioAtMost(most) => format!("ratio <= {most}"),
        Target::None => "-".to_owned(),
    };
    let baseline = figure.baseline.as_ref();
    [
        figure.name.clone(),
        format!("{} {unit}", number(figure.value)),
        target,
        baseline.map_or_else(|| "-".to_owned(), |one| format!("{} {unit}", number(one.value))),
        ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}")),
        match is_met {
            Some(true) => "yes".to_owned(),
            Some(false) => "MISSED".to_owned(),
            None => "-".to_owned(),
        },
    ]
}

fn line([name, value, target, baseline, ratio, met]: [String; 6]) -> String {
    format!("{name:<46} {value:>12} {target:>14} {baseline:>12} {ratio:>6}  {met}")
}

/// Three digits that matter.
fn number(value: f64) -> String {
    match value {
        v if v >= 100.0 => format!("{v:.0}"),
        v if v >= 10.0 => format!("{v:.1}"),
        v => format!("{v:.2}"),
    }
}
