//! Posts as rows of a file, such that reading it brings the same posts.

use anyhow::Context as _;
use serde::Serialize;

use super::{EVERGREEN, RowFormat};

/// A post as a file keeps it.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Saved<'a> {
    /// Its text.
    pub text: &'a str,
    /// Its topic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<&'a str>,
    /// It is kept aside.
    #[serde(rename = "evergreen", skip_serializing_if = "is_no")]
    pub is_evergreen: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
fn is_no(word: &bool) -> bool {
    !word
}

/// The whole file. Plain lines hold texts of one line only, and nothing else. The column for what is kept
/// aside is there where something is.
pub fn written(format: RowFormat, posts: &[Saved<'_>]) -> anyhow::Result<String> {
    const WRITING: &str = "writing rows";
    let mut rows = String::new();
    match format {
        RowFormat::Text => {
            for post in posts {
                rows.push_str(post.text);
                rows.push('\n');
            }
        }
        RowFormat::Jsonl => {
            for post in posts {
                rows.push_str(&serde_json::to_string(post).context(WRITING)?);
                rows.push('\n');
            }
        }
        RowFormat::Csv => {
            let has_evergreens = posts.iter().any(|post| post.is_evergreen);
            let names = ["text", "topic", EVERGREEN];
            let columns = if has_evergreens { 3 } else { 2 };
            let mut table = csv::Writer::from_writer(Vec::new());
            table.write_record(&names[..columns]).context(WRITING)?;
            for post in posts {
                let is_evergreen = if post.is_evergreen { "yes" } else { "no" };
                let row = [post.text, post.topic.unwrap_or_default(), is_evergreen];
                table.write_record(&row[..columns]).context(WRITING)?;
            }
            rows = String::from_utf8(table.into_inner().context(WRITING)?).context(WRITING)?;
        }
    }
    Ok(rows)
}
