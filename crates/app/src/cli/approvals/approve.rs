//! `flockwork approvals approve`: yes.

use clap::Args;
use domain::ports::store::{ApprovalAct, ApprovalStore as _, Said};
use domain::rules::review::{Finding, Severity};
use store::Db;

use super::target::{Target, end};
use crate::cli::context::Context;
use crate::cli::review::explain::Dossier;
use crate::cli::second_reader::SecondReader;
use crate::cli::words::who;
use crate::exit::{Exit, Failure};

/// `flockwork approvals approve ID..`
#[derive(Args, Debug)]
pub struct Approve {
    /// Numbers of posts, each perhaps with the bytes seen: `12` or `12@3fa9c1d2`.
    #[arg(required = true)]
    posts: Vec<Target>,
}

impl Approve {
    pub(super) async fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let config = context.config()?;
        let db = context.open_existing(&config).await?;
        let second = SecondReader::of(&config)?;
        let mut failed = 0;
        for target in &self.posts {
            match approve(&db, target, (&second, &context)).await {
                Ok(line) => context.out.line(&line)?,
                Err(line) => {
                    failed += 1;
                    context.out.line(&line?)?;
                }
            }
        }
        db.close().await;
        end(failed)
    }
}

/// The line to say, or why it did not count, or why nobody knows.
async fn approve(
    db: &Db,
    target: &Target,
    (second, context): (&SecondReader, &Context),
) -> Result<String, Result<String, Failure>> {
    let now = context.clock.now();
    let id = target.id;
    let dossier = match Dossier::find(db, id, (second, context)).await {
        Ok(dossier) => dossier,
        Err(failure) if failure.exit == Exit::Failure => return Err(Ok(Said::NoPost.tell(id))),
        Err(failure) => return Err(Err(failure)),
    };
    let text = &dossier.reviewed.post.content;
    if !target.is(text) {
        return Err(Ok(Said::Changed.tell(id)));
    }
    let findings: Vec<&Finding> = dossier.explained.findings().collect();
    if let Some(finding) = findings.iter().find(|one| one.severity == Severity::Blocks) {
        let (rule, message) = (finding.rule, &finding.message);
        return Err(Ok(format!("post {}: nobody can let this through: {rule}: {message}", id.0)));
    }
    let act = ApprovalAct { post: id, seen: text.clone(), who: who(&context.environment) };
    let policy = &dossier.reviewed.policy_hash;
    let db = context.signed(db, "post.approve", format!("post {}", id.0));
    let said = db.approve_post(&act, policy, now).await.map_err(|error| Err(error.into()))?;
    let Said::Done(_) = said else { return Err(Ok(said.tell(id))) };
    let despite: Vec<String> =
        findings.iter().map(|one| format!("{}: {}", one.rule, one.message)).collect();
    let despite = if despite.is_empty() {
        String::new()
    } else {
        format!(", despite {}", despite.join("; "))
    };
    Ok(said.tell(id) + &despite)
}
