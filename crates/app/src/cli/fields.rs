//! `flockwork fields` and `flockwork events`: what stands in a line of the log, and which lines have a
//! name.

use serde_json::json;

use super::context::Context;
use crate::exit::{Exit, Failure};
use crate::output::Format;
use crate::telemetry::{EVENTS, FIELDS};

/// Lists the fields.
pub fn fields(mut context: Context) -> Result<Exit, Failure> {
    if context.out.format == Format::Json {
        for field in FIELDS {
            context.out.json(&json!({ "name": field.name, "meaning": field.meaning }))?;
        }
        return Ok(Exit::Success);
    }
    let row = |words: [&str; 2]| words.map(str::to_owned).to_vec();
    let rows = FIELDS.iter().map(|field| row([field.name, field.meaning])).collect();
    context.out.table(&["name", "meaning"], rows, &[])?;
    Ok(Exit::Success)
}

/// Lists the events.
pub fn events(mut context: Context) -> Result<Exit, Failure> {
    if context.out.format == Format::Json {
        for event in EVENTS {
            let line =
                json!({ "name": event.name, "level": event.level, "meaning": event.meaning });
            context.out.json(&line)?;
        }
        return Ok(Exit::Success);
    }
    let row = |words: [&str; 3]| words.map(str::to_owned).to_vec();
    let rows = EVENTS.iter().map(|event| row([event.name, event.level, event.meaning])).collect();
    context.out.table(&["name", "level", "meaning"], rows, &[])?;
    Ok(Exit::Success)
}
