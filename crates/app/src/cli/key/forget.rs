//! `flockwork key forget`: for a key that is lost.

use clap::Args;

use crate::cli::context::Context;
use crate::cli::words::count;
use crate::exit::{Exit, Failure};
use crate::unlock::what;

/// `flockwork key forget KEY`
#[derive(Args, Debug)]
pub struct Forget {
    /// The name of the key, as `flockwork key status` lists it.
    key: String,
    /// Really: what is sealed under it is gone for good.
    #[arg(long)]
    yes: bool,
}

impl Forget {
    pub(super) async fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let config = context.config()?;
        let db = context.open_existing(&config).await?;
        let uses = db.key_uses().await?;
        let sealed = uses.iter().find(|one| one.key.as_str() == self.key && one.is_needed());
        let Some(sealed) = sealed else {
            let message = format!("nothing is sealed under a key `{}`", self.key);
            return Err(
                Failure::new(Exit::Failure, message).hint("`flockwork key status` lists keys")
            );
        };
        if config.keys.master.find(&sealed.key).is_some() {
            let message = format!("key {} is here, so what it seals can be read", sealed.key);
            return Err(Failure::new(Exit::Failure, message)
                .hint("`flockwork credentials remove BOT` takes credentials away"));
        }
        if !self.yes {
            let message = format!("{} would be gone for good", what(sealed));
            return Err(Failure::new(Exit::Failure, message)
                .hint("add --yes if the key is lost and will not be found"));
        }
        let signed = context.signed(&db, "key.forget", format!("key {}", sealed.key));
        let gone = signed.forget_sealed(&sealed.key, context.clock.now()).await?;
        db.close().await;
        context.out.line(&format!(
            "{} gone; nothing is sealed under {} any more",
            count(gone, "value"),
            self.key
        ))?;
        context.out.hint("`flockwork credentials set BOT` gives a bot new credentials")?;
        Ok(Exit::Success)
    }
}
