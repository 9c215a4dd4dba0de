//! The command line of the simulator.

use std::io::{self, Write as _};
use std::process::ExitCode;

use simulate::{Bug, Ended, Size, Task, USAGE, catch, run, task, tell, tell_catch};

/// Seeds in which a defect must show.
const TRIES_MAX: u64 = 60;
/// The exit code of a wrong argument, as `sysexits.h` has it.
const WRONG_ARGUMENT: u8 = 64;

fn main() -> ExitCode {
    let told = match task(std::env::args().skip(1)) {
        Ok(task) => carry_out(&task),
        Err(why) => {
            // There is nobody else to tell.
            let _ = writeln!(io::stderr(), "simulate: {why}");
            return ExitCode::from(WRONG_ARGUMENT);
        }
    };
    told.unwrap_or_else(|error| {
        let _ = writeln!(io::stderr(), "simulate: {error}");
        ExitCode::FAILURE
    })
}

fn carry_out(task: &Task) -> io::Result<ExitCode> {
    let mut out = io::stdout().lock();
    match task {
        Task::Help => {
            out.write_all(USAGE.as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
        Task::ListBugs => {
            for bug in Bug::ALL {
                writeln!(out, "{:<28} {}", bug.name(), bug.what())?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Task::CatchAll(seed) => catch_all(&mut out, *seed),
        Task::Run(order, is_traced) => {
            let verdict = run(order)?;
            tell(&mut out, &verdict, *is_traced)?;
            Ok(match verdict.ended {
                Ended::Sound => ExitCode::SUCCESS,
                Ended::Broken(_) => ExitCode::FAILURE,
                Ended::Void(_) => ExitCode::from(2),
            })
        }
    }
}

fn catch_all(out: &mut impl io::Write, seed: u64) -> io::Result<ExitCode> {
    let mut caught = 0;
    for bug in Bug::ALL {
        match catch(*bug, seed, TRIES_MAX, Size::DENSE)? {
            Some(catch) => {
                caught += usize::from(catch.hash == catch.replayed);
                tell_catch(out, &catch)?;
            }
            None => writeln!(out, "{:<28} NOT CAUGHT in {TRIES_MAX} seeds", bug.name())?,
        }
    }
    let all = Bug::ALL.len();
    writeln!(out, "proof planted-bugs seed={seed} bugs={all} caught_and_replayed={caught}")?;
    Ok(if caught == all { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
