//! From the command line to the command.

use std::future::Future;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Parser as _;
use engine::HouseClock;

use super::args::{Cli, Command, DemoArgs};
use super::context::Context;
use super::{check, stats};
use crate::clock::SystemClock;
use crate::config::{Environment, Limits, Logging};
use crate::demo::Demo;
use crate::exit::{Exit, Failure};
use crate::machine::Machine;
use crate::output::Output;
use crate::supervisor::Supervisor;
use crate::wire::Dress;
use crate::{harden, serve, telemetry};

/// Threads of the demo and of commands that may wait for a disk or compute a password.
const BLOCKING_MAX: usize = 128;

/// Runs this process's command; the one place that reports a failure. A node runs in `dress`.
pub fn run(dress: Dress) -> ExitCode {
    harden::keep_secrets();
    let environment = Environment::of_process();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help that cannot be printed has nobody to read it.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Success }.into();
        }
    };
    let output = || Output::of_process(cli.format, &environment);
    let context = Context {
        config_path: cli.config.clone(),
        clock: Arc::new(HouseClock::new(Arc::new(SystemClock))),
        out: output(),
        environment: environment.clone(),
    };
    let exit = answer(cli.command, context, dress).unwrap_or_else(|failure| {
        // Where standard error is gone too, the exit code still tells.
        let _ = output().failure(&failure);
        failure.exit
    });
    exit.into()
}

fn answer(command: Command, context: Context, dress: Dress) -> Result<Exit, Failure> {
    match command {
        Command::Serve => serve_bots(context, dress),
        Command::Demo(args) => on_all_cores(demo(args, context)),
        Command::Sandbox(args) => on_all_cores(args.run(context)),
        Command::Check => check::run(context),
        Command::Doctor(args) => on_one_core(args.run(context)),
        Command::Apply(apply) => on_one_core(apply.run(context)),
        Command::Export(export) => on_one_core(export.run(context)),
        Command::Generate(generate) => on_one_core(generate.run(context)),
        Command::Grammar(command) => command.run(context),
        Command::Post(command) => on_all_cores(command.run(context)),
        Command::Queue(command) => on_one_core(command.run(context)),
        Command::Lint(lint) => on_one_core(lint.run(context)),
        Command::Review(command) => on_one_core(command.run(context)),
        Command::Approvals(command) => on_one_core(command.run(context)),
        Command::Feeds(command) => on_one_core(command.run(context)),
        Command::Schedule(command) => command.run(context),
        Command::Reference(reference) => reference.run(context),
        Command::Stats => on_one_core(stats::run(context)),
        Command::Costs(costs) => on_one_core(costs.run(context)),
        Command::Attention(attention) => on_one_core(attention.run(context)),
        Command::Alerts(alerts) => on_one_core(alerts.run(context)),
        Command::Users(command) => on_one_core(command.run(context)),
        Command::Audit(command) => on_one_core(command.run(context)),
        Command::Health(health) => health.run(context),
        Command::Import(import) => on_one_core(import.run(context)),
        Command::Bot(command) => on_one_core(command.run(context)),
        Command::GoLive(args) => on_one_core(args.run(context)),
        Command::Credentials(command) => on_one_core(command.run(context)),
        Command::Key(command) => on_one_core(command.run(context)),
        Command::Backup(command) => on_one_core(command.run(context)),
        Command::Restore(restore) => on_one_core(restore.run(context)),
        Command::MigrateStore(migrate) => on_one_core(migrate.run(context)),
        Command::Config(command) => command.run(context),
        Command::Completions(completions) => completions.run(context),
    }
}

fn serve_bots(context: Context, dress: Dress) -> Result<Exit, Failure> {
    let config = context.load().for_sending()?;
    let _log = telemetry::start_node(&config, &context.environment)?;
    let supervisor = Supervisor::of(&context.environment);
    let Limits { workers, blocking_max, .. } = config.limits;
    on_cores(workers, blocking_max, async {
        serve::run(config, dress, context.out, supervisor).await?;
        Ok(Exit::Success)
    })
}

async fn demo(args: DemoArgs, context: Context) -> Result<Exit, Failure> {
    // The board tells what happens; the log only speaks up where LOG_LEVEL asks it to.
    let asked = context.environment.find("LOG_LEVEL").unwrap_or("error");
    let logging = Logging { level: asked.to_owned(), ..context.load().config().logging.clone() };
    let _log = telemetry::start(&logging, &context.environment)?;
    let demo =
        Demo { port: args.port, seed: args.seed, weather: args.faults.into(), length: args.length };
    demo.run(context.out).await?;
    Ok(Exit::Success)
}

/// For what goes on for a while.
fn on_all_cores(work: impl Future<Output = Result<Exit, Failure>>) -> Result<Exit, Failure> {
    on_cores(Machine::of_process().processors as usize, BLOCKING_MAX, work)
}

/// On so many threads that work, and at most so many that wait.
fn on_cores(
    workers: usize,
    blocking_max: usize,
    work: impl Future<Output = Result<Exit, Failure>>,
) -> Result<Exit, Failure> {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(workers).max_blocking_threads(blocking_max);
    runtime.enable_all().build().context("starting the runtime")?.block_on(work)
}

/// For a command that is soon done.
fn on_one_core(work: impl Future<Output = Result<Exit, Failure>>) -> Result<Exit, Failure> {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().context("starting the runtime")?.block_on(work)
}
