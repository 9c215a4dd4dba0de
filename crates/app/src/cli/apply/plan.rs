//! A plan as a person reads it.

use domain::model::Bot;
use domain::rules::changes::{BotChanges, Change, Step};

use super::super::context::Context;
use super::super::words::{count, cut};
use crate::exit::Failure;
use crate::output::Accent;

/// A value is shown as far as it fits beside its name.
const VALUE_CHARS_MAX: usize = 100;

/// One paragraph a bot, and a sum.
pub(super) fn say(
    context: &mut Context,
    plan: &[BotChanges],
    declared: &[Bot],
) -> Result<(), Failure> {
    for one in plan {
        let (sign, accent, about) = match one.step {
            Step::Add => ("+", Accent::Good, summary(one, declared)),
            Step::Reopen => ("+", Accent::Good, "was closed, and posts again".to_owned()),
            Step::Change => ("~", Accent::Warn, String::new()),
            Step::Close => {
                ("-", Accent::Bad, "declared nowhere: is closed; its posts stay".to_owned())
            }
        };
        let head = context.out.paint(&format!("{sign} {}", one.bot), accent);
        context.out.line(format!("{head}  {about}").trim_end())?;
        for change in &one.changes {
            for line in lines(change) {
                context.out.line(&format!("    {line}"))?;
            }
        }
    }
    context.out.line("")?;
    context.out.line(&sum(plan))?;
    Ok(())
}

fn summary(one: &BotChanges, declared: &[Bot]) -> String {
    let Some(bot) = declared.iter().find(|bot| bot.id == one.bot) else { return String::new() };
    let number = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
    let rehearsal = if bot.is_rehearsal { ", dry run" } else { "" };
    format!(
        "new: {}, {}{rehearsal}",
        count(number(bot.persona.topics.len()), "topic"),
        count(number(bot.schedules.len()), "schedule"),
    )
}

fn lines(change: &Change) -> Vec<String> {
    let shown = |value: &str| cut(value, VALUE_CHARS_MAX);
    let field = &change.field;
    match (&change.was, &change.becomes) {
        (Some(was), Some(becomes)) => {
            let (was, becomes) = (shown(was), shown(becomes));
            if was == becomes {
                // The difference lies beyond what is shown of both.
                return vec![format!("{field}: changed; it begins as before: {was}")];
            }
            if was.chars().count() + becomes.chars().count() < VALUE_CHARS_MAX {
                return vec![format!("{field}: {} -> {}", named(&was), named(&becomes))];
            }
            vec![format!("{field}:"), format!("  - {was}"), format!("  + {becomes}")]
        }
        (Some(was), None) => vec![format!("{field}: - {}", shown(was))],
        (None, Some(becomes)) => vec![format!("{field}: + {}", shown(becomes))],
        (None, None) => Vec::new(),
    }
}

fn named(value: &str) -> &str {
    if value.is_empty() { "nothing" } else { value }
}

fn sum(plan: &[BotChanges]) -> String {
    let number = |steps: &[Step]| plan.iter().filter(|one| steps.contains(&one.step)).count();
    format!(
        "{} to add, {} to change, {} to close.",
        number(&[Step::Add, Step::Reopen]),
        number(&[Step::Change]),
        number(&[Step::Close])
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(was: Option<&str>, becomes: Option<&str>) -> Vec<String> {
        lines(&Change {
            field: "tone".to_owned(),
            was: was.map(str::to_owned),
            becomes: becomes.map(str::to_owned),
        })
    }

    #[test]
    fn a_change_is_a_line_or_three() {
        assert_eq!(told(Some("dry"), Some("warm")), ["tone: dry -> warm"]);
        assert_eq!(told(Some(""), Some("warm")), ["tone: nothing -> warm"]);
        assert_eq!(told(None, Some("warm")), ["tone: + warm"]);
        assert_eq!(told(Some("dry"), None), ["tone: - dry"]);
        let long = "a voice that takes its time, ".repeat(3);
        let other = long.replace('v', "n");
        assert_eq!(told(Some(&long), Some(&other))[0], "tone:");
        let beyond = "a".repeat(200);
        let said = told(Some(&beyond), Some(&format!("{beyond}b")));
        assert!(said[0].starts_with("tone: changed; it begins as before: aaa"), "{said:?}");
    }
}
