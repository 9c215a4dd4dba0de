//! `flockwork config`: what can be set, and what is in force.

use clap::Subcommand;
use serde_json::json;

use super::context::Context;
use crate::config::{example, reference};
use crate::exit::{Exit, Failure};
use crate::output::Format;

/// What to say of the configuration.
#[derive(Subcommand, Debug)]
pub enum ConfigCommand {
    /// Prints an example of flockwork.toml in which every setting is explained.
    Example,
    /// Prints every setting as a page of Markdown: docs/configuration.md.
    Reference,
    /// Prints what is in force and where each value comes from; secrets are masked.
    Show,
}

impl ConfigCommand {
    /// Says it.
    pub fn run(self, mut context: Context) -> Result<Exit, Failure> {
        match self {
            Self::Example => context.out.line(example().trim_end())?,
            Self::Reference => context.out.line(reference().trim_end())?,
            Self::Show => show(&mut context)?,
        }
        Ok(Exit::Success)
    }
}

fn show(context: &mut Context) -> Result<(), Failure> {
    let loaded = context.load();
    if context.out.format == Format::Json {
        for shown in loaded.shown() {
            context.out.json(&json!({
                "variable": shown.variable,
                "key": shown.key,
                "value": shown.value,
                "source": shown.place.to_string(),
            }))?;
        }
    } else {
        let rows = loaded
            .shown()
            .iter()
            .map(|shown| {
                vec![
                    shown.variable.to_owned(),
                    shown.key.clone(),
                    super::words::cut(&shown.value, 60),
                    shown.place.to_string(),
                ]
            })
            .collect();
        context.out.table(&["variable", "in flockwork.toml", "value", "from"], rows, &[])?;
    }
    let problems = loaded.problems();
    if !problems.is_empty() {
        context.out.note(&format!("\n{problems}"))?;
        return Err(Failure::new(Exit::Config, "what is wrong is left out above"));
    }
    Ok(())
}
