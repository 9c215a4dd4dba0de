//! `flockwork completions`: for the shell's Tab key.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::args::Cli;
use super::context::Context;
use crate::exit::{Exit, Failure};

/// `flockwork completions SHELL`
#[derive(Args, Debug)]
pub struct Completions {
    /// The shell.
    shell: Shell,
}

impl Completions {
    /// Prints the script.
    pub fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "flockwork", &mut script);
        context.out.line(String::from_utf8_lossy(&script).trim_end())?;
        Ok(Exit::Success)
    }
}
