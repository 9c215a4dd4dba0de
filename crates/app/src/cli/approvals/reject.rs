//! `flockwork approvals reject`: no.

use clap::Args;
use domain::ports::store::{ApprovalAct, ApprovalStore as _, PostStore as _, Rejection, Said};

use super::target::{Target, end};
use crate::cli::context::Context;
use crate::cli::words::who;
use crate::exit::{Exit, Failure};

/// A longer reason tells the model nothing more.
const REASON_CHARS_MAX: usize = 500;

/// `flockwork approvals reject ID.. --because REASON`
#[derive(Args, Debug)]
pub struct Reject {
    /// Numbers of posts, each perhaps with the bytes seen: `12` or `12@3fa9c1d2`.
    #[arg(required = true)]
    posts: Vec<Target>,
    /// Why; the bot's next prompt is told.
    #[arg(long, value_name = "REASON", value_parser = reason)]
    because: String,
}

impl Reject {
    pub(super) async fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let config = context.config()?;
        let db = context.open_existing(&config).await?;
        let who = who(&context.environment);
        let mut failed = 0;
        for target in &self.posts {
            let said = match db.find_post(target.id).await? {
                None => Said::NoPost,
                Some(post) if !target.is(&post.content) => Said::Changed,
                Some(post) => {
                    let act = ApprovalAct { post: target.id, seen: post.content, who: who.clone() };
                    let rejection = Rejection { act, reason: self.because.clone() };
                    let object = format!("post {}", target.id.0);
                    let signed = context.signed(&db, "post.reject", object);
                    signed.reject_post(&rejection, context.clock.now()).await?
                }
            };
            failed += u64::from(!matches!(said, Said::Done(_)));
            context.out.line(&said.tell(target.id))?;
        }
        db.close().await;
        end(failed)
    }
}

/// A reason for a rejection or an edit.
pub(super) fn reason(text: &str) -> Result<String, String> {
    let text = text.trim();
    if (1..=REASON_CHARS_MAX).contains(&text.chars().count()) {
        return Ok(text.to_owned());
    }
    Err(format!("write 1 to {REASON_CHARS_MAX} characters"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_there_and_short() {
        assert_eq!(reason(" too dry \n").as_deref(), Ok("too dry"));
        assert!(reason(" ").is_err());
        assert!(reason(&"x".repeat(501)).is_err());
    }
}
