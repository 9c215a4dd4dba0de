//! `flockwork audit`: what people did.

mod list;
mod verify;

use clap::Subcommand;

use self::list::List;
use self::verify::Verify;
use super::context::Context;
use crate::exit::{Exit, Failure};

/// What to do with the audit log.
#[derive(Subcommand, Debug)]
pub enum AuditCommand {
    /// Lists what people did, oldest first.
    List(List),
    /// Reads the log through: is every line the one that was written, and is none missing?
    ///
    /// Each line's hash covers the one before it. Ends with 1 if the chain is broken, and says where.
    /// Whoever can write to the database can also write a new chain: compare the last hash with one that
    /// you kept elsewhere (`--head`).
    Verify(Verify),
}

impl AuditCommand {
    /// Does it.
    pub async fn run(self, context: Context) -> Result<Exit, Failure> {
        match self {
            Self::List(list) => list.run(context).await,
            Self::Verify(verify) => verify.run(context).await,
        }
    }
}
