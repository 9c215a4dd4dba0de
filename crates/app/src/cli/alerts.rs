//! `flockwork alerts`: what people are told, who is told, and what could not be told.

mod dead;
mod list;
mod trial;

use clap::{Args, Subcommand};
use domain::ports::alerts::{AlertStore as _, DeliveryId};

use super::context::Context;
use crate::exit::{Exit, Failure};

/// `flockwork alerts`
#[derive(Args, Debug)]
pub struct Alerts {
    #[command(subcommand)]
    command: Option<AlertsCommand>,
}

/// What about them.
#[derive(Subcommand, Debug)]
enum AlertsCommand {
    /// Sends a message to try channels and webhooks out: the one that is named, or all.
    ///
    /// It goes at once, past the outbox, and is not tried again. Ends with 1 if any did not take it.
    Test {
        /// A channel or webhook of the configuration.
        name: Option<String>,
    },
    /// Lists what could not be told in three days, and how each channel and webhook does.
    Dead,
    /// Tries something that was given up for three more days.
    SendAgain {
        /// Its number, as `flockwork alerts dead` has it.
        id: i64,
    },
}

impl Alerts {
    /// Lists what is open, or does what is asked.
    pub async fn run(self, context: Context) -> Result<Exit, Failure> {
        match self.command {
            None => list::run(context).await,
            Some(AlertsCommand::Test { name }) => trial::run(context, name).await,
            Some(AlertsCommand::Dead) => dead::run(context).await,
            Some(AlertsCommand::SendAgain { id }) => send_again(context, id).await,
        }
    }
}

async fn send_again(mut context: Context, id: i64) -> Result<Exit, Failure> {
    let config = context.config()?;
    let db = context.open_existing(&config).await?;
    let signed = context.signed(&db, "delivery.send_again", format!("delivery {id}"));
    let is_there = signed.send_again(DeliveryId(id), context.clock.now()).await?;
    db.close().await;
    if !is_there {
        return Err(Failure::new(Exit::Failure, format!("there is no dead letter {id}"))
            .hint("`flockwork alerts dead` lists those that there are"));
    }
    context.out.line(&format!("{id} is tried for three more days."))?;
    Ok(Exit::Success)
}
