//! What the command line asks for.

use crate::bugs::Bug;
use crate::plan::Size;
use crate::run::Order;

/// How it is called.
pub const USAGE: &str = "\
usage: simulate [--seed N] [--years M] [--bug NAME] [--outside] [--size SIZE] [--trace]
       simulate --episode N [--size SIZE] [--trace]
       simulate --bugs            the planted bugs, by name
       simulate --bugs-all [--seed N]   catches every one, and replays it

  --seed N     decides everything (1)
  --years M    bot-years to simulate (10)
  --bug NAME   with a defect on purpose
  --outside    beyond what the promise assumes: no duplicate filter, and a timeline that lags by more
               than ten minutes; doubles are counted
  --size SIZE  bulk (1,024 bots for 14 days) or dense (24 for 4, and much happens); else both
  --episode N  one episode of those that a seed draws, by the number that its failure told
  --trace      on failure, all that happened and not only what concerns the slot

Exit codes: 0 nothing was broken, 1 something was, 2 some fault never happened, 64 a wrong argument.
";

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Task {
    /// A run, and whether its failure is told with everything.
    Run(Order, bool),
    /// The names of the defects.
    ListBugs,
    /// Every defect is to be caught, from this seed on.
    CatchAll(u64),
    /// How it is called.
    Help,
}

/// Reads the arguments; the error is one sentence for a person.
pub fn task(args: impl Iterator<Item = String>) -> Result<Task, String> {
    let mut order = Order::default();
    let (mut is_traced, mut lists, mut catches) = (false, false, false);
    let mut args = args;
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("`{arg}` needs a value after it"));
        match arg.as_str() {
            "--seed" => order.seed = number(&arg, &value()?)?,
            "--episode" => order.episode = Some(number(&arg, &value()?)?),
            "--years" => order.years = years(&value()?)?,
            "--bug" => order.bug = Some(bug(&value()?)?),
            "--size" => order.size = Some(size(&value()?)?),
            "--outside" => order.is_outside = true,
            "--trace" => is_traced = true,
            "--bugs" => lists = true,
            "--bugs-all" => catches = true,
            "--help" | "-h" => return Ok(Task::Help),
            other => return Err(format!("`{other}` is no option; `--help` lists them")),
        }
    }
    Ok(match (lists, catches) {
        (true, _) => Task::ListBugs,
        (false, true) => Task::CatchAll(order.seed),
        (false, false) => Task::Run(order, is_traced),
    })
}

fn number(option: &str, text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("`{option}` takes a whole number, not `{text}`"))
}

fn years(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(years) if years > 0.0 && years <= 1_000_000.0 => Ok(years),
        Ok(_) | Err(_) => Err(format!("`--years` takes a number above 0, not `{text}`")),
    }
}

fn size(word: &str) -> Result<Size, String> {
    match word {
        "bulk" => Ok(Size::BULK),
        "dense" => Ok(Size::DENSE),
        other => Err(format!("`--size` takes `bulk` or `dense`, not `{other}`")),
    }
}

fn bug(name: &str) -> Result<Bug, String> {
    Bug::from_name(name)
        .ok_or_else(|| format!("no planted bug has the name `{name}`; `--bugs` lists them"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Task, String> {
        task(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn a_run_is_read() {
        let order = Order { seed: 7, years: 2.5, bug: Some(Bug::OneVote), ..Order::default() };
        assert_eq!(read("--seed 7 --years 2.5 --bug one-vote --trace"), Ok(Task::Run(order, true)));
        let episode = Order { episode: Some(12), ..Order::default() };
        assert_eq!(read("--episode 12"), Ok(Task::Run(episode, false)));
        assert_eq!(read("--bugs-all --seed 3"), Ok(Task::CatchAll(3)));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (line, part) in [
            ("--seed", "needs a value"),
            ("--seed x", "whole number"),
            ("--years -1", "above 0"),
            ("--bug none", "--bugs"),
            ("--years 1 --bgu x", "`--bgu` is no option"),
        ] {
            let told = read(line).unwrap_err();
            assert!(told.contains(part), "{line}: {told}");
        }
    }
}
