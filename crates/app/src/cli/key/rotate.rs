//! `flockwork key rotate`: everything is sealed anew under the first key.

use domain::model::access::{Act, Actor, ActorKind};
use domain::ports::people::PeopleStore as _;
use serde_json::json;
use store::{Db, KeyUse, Resealing};

use super::status::{backups_under, fate};
use crate::cli::context::Context;
use crate::cli::words::{count, who};
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::output::Format;

/// Nodes that have only the old key may seal under it meanwhile; that is looked for so often.
const PASSES_MAX: usize = 5;

pub(super) async fn run(mut context: Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let Some(first) = config.keys.master.first().map(|key| key.id().to_string()) else {
        let message = "there is no master key to seal under";
        return Err(Failure::new(Exit::Config, message)
            .hint("`flockwork key new --into FILE` makes one, and FLOCKWORK_MASTER_KEY_FILE names the file"));
    };
    let db = context.open_existing(&config).await?;
    let mut sealed = 0;
    for _ in 0..PASSES_MAX {
        let pass = reseal(&mut context, &db).await?;
        sealed += pass.sealed;
        if pass.failed > 0 {
            db.close().await;
            let message = format!("{} not sealed anew", count(pass.failed, "value"));
            return Err(Failure::new(Exit::Failure, message).hint(
                "set these credentials again, or give this command the key that is named; what was sealed \
                 anew stays so",
            ));
        }
        if pass.sealed == 0 {
            break;
        }
    }
    db.retire_keys(context.clock.now()).await?;
    note(&context, &db, &first, sealed).await?;
    let uses = db.key_uses().await?;
    db.close().await;
    tell(&mut context, &config, (&first, sealed), &uses)
}

#[derive(Default)]
struct Pass {
    sealed: u64,
    failed: u64,
}

async fn reseal(context: &mut Context, db: &Db) -> Result<Pass, Failure> {
    let mut pass = Pass::default();
    let mut way = Resealing::new(db);
    while let Some(done) = way.next(context.clock.now()).await? {
        match &done.outcome {
            Ok(()) => pass.sealed += 1,
            Err(_) => pass.failed += 1,
        }
        if context.out.format == Format::Json {
            let problem = done.outcome.as_ref().err().map(ToString::to_string);
            context.out.json(&json!({ "what": done.what, "problem": problem }))?;
        } else if let Err(error) = &done.outcome {
            context.out.line(&format!("{}: {error}", done.what))?;
        }
    }
    Ok(pass)
}

/// One line of the audit log for all of it.
async fn note(context: &Context, db: &Db, first: &str, sealed: u64) -> Result<(), Failure> {
    let actor = Actor { kind: ActorKind::Command, name: who(&context.environment) };
    let detail = Some(format!("{sealed} sealed anew"));
    let (object, at) = (format!("key {first}"), context.clock.now());
    let act = Act { actor, action: "key.rotate", object, detail, address: None, at };
    Ok(db.note_act(&act).await?)
}

fn tell(
    context: &mut Context,
    config: &Config,
    (first, sealed): (&str, u64),
    uses: &[KeyUse],
) -> Result<Exit, Failure> {
    let (now, is_json) = (context.clock.now(), context.out.format == Format::Json);
    let others = uses.iter().filter(|one| one.key.as_str() != first);
    let mut is_done = true;
    if !is_json {
        let rows = count(sealed, "row");
        context.out.line(&format!("{rows} sealed anew; everything is under key {first}"))?;
    }
    for old in others {
        is_done &= !old.is_needed();
        let backups = backups_under(config, old);
        if is_json {
            context.out.json(&json!({
                "key": old.key.as_str(),
                "retired_at": old.retired_at,
                "backups_from_before": backups.len(),
            }))?;
        } else if old.is_needed() {
            let line =
                "something is still sealed under it: a node has it alone, and sealed meanwhile";
            context.out.line(&format!("key {}: {line}", old.key))?;
        } else {
            context.out.line(&format!("key {} {}", old.key, fate(old, &backups, now)))?;
        }
    }
    if !is_json && sealed == 0 && uses.len() <= 1 {
        context.out.hint(
            "to rotate: `flockwork key new --into FILE` puts a new key first, then start every node again, \
             then run this",
        )?;
    }
    Ok(if is_done { Exit::Success } else { Exit::Failure })
}
