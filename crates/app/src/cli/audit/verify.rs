//! `flockwork audit verify`.

use clap::Args;
use domain::ports::people::PeopleStore as _;
use domain::rules::access::chain::{Break, Follow};
use serde_json::json;
use store::Db;

use crate::cli::context::Context;
use crate::cli::words::count;
use crate::exit::{Exit, Failure};
use crate::output::{Accent, Format};

/// Lines that are read at once.
const PAGE: u32 = 1_000;

/// `flockwork audit verify`
#[derive(Args, Debug)]
pub struct Verify {
    /// The last hash as it was once: the line that has it must still be there.
    #[arg(long, value_name = "HASH")]
    head: Option<String>,
}

impl Verify {
    pub(super) async fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let config = context.config()?;
        let db = context.open_existing(&config).await?;
        let read = read_through(&db, self.head.as_deref()).await;
        db.close().await;
        let (outcome, lines, has_head) = read?;
        let broken = match (&outcome, has_head) {
            (Err(broken), _) => Some(broken.to_string()),
            (Ok(_), false) => Some("no line has the hash that you kept".to_owned()),
            (Ok(_), true) => None,
        };
        let hash = outcome.unwrap_or_default();
        if context.out.format == Format::Json {
            context.out.json(&json!({ "lines": lines, "head": hash, "problem": broken }))?;
        } else if let Some(broken) = &broken {
            let word = context.out.paint("broken", Accent::Bad);
            context.out.line(&format!("{word}: {broken}"))?;
        } else {
            let word = context.out.paint("whole", Accent::Good);
            let lines = count(u64::try_from(lines).unwrap_or_default(), "line");
            context.out.line(&format!("{word}: {lines}, the last hash is {hash}"))?;
        }
        Ok(if broken.is_some() { Exit::Failure } else { Exit::Success })
    }
}

/// The last hash or where the chain breaks, how many lines were read, and whether `kept` is among their
/// hashes.
async fn read_through(
    db: &Db,
    kept: Option<&str>,
) -> Result<(Result<String, Break>, i64, bool), Failure> {
    // First: lines that are written meanwhile are no break.
    let (written, hash) = db.head_of_acts().await?;
    let (mut follow, mut has_kept) = (Follow::default(), kept.is_none());
    loop {
        let lines = db.list_acts(follow.head().0, PAGE).await?;
        let up_to_head = lines.iter().take_while(|line| line.number <= written);
        let mut read = 0;
        for line in up_to_head {
            if let Err(broken) = follow.line(line) {
                return Ok((Err(broken), follow.head().0, has_kept));
            }
            has_kept |= kept == Some(line.hash.as_str());
            read += 1;
        }
        if read < PAGE {
            let outcome = follow.end((written, &hash)).map(|()| hash);
            // Lines beyond the head that was read last: somebody set it back.
            let (written_now, _) = db.head_of_acts().await?;
            let beyond = db.list_acts(written_now, 1).await?;
            if let (Ok(_), Some(line)) = (&outcome, beyond.first()) {
                return Ok((Err(Break::Beyond(line.number)), follow.head().0, has_kept));
            }
            return Ok((outcome, follow.head().0, has_kept));
        }
    }
}
