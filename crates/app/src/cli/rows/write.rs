//! Posts as rows of a file, such that reading it brings the same posts.

use anyhow::Context as _;
use domain::model::Post;
use serde::Serialize;

use super::RowFormat;

#[derive(Serialize)]
struct JsonRow<'a> {
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<&'a str>,
}

/// The whole file. Plain lines hold texts of one line only, and no topics.
pub fn written(format: RowFormat, posts: &[Post]) -> anyhow::Result<String> {
    const WRITING: &str = "writing rows";
    let mut rows = String::new();
    match format {
        RowFormat::Text => {
            for post in posts {
                rows.push_str(&post.content);
                rows.push('\n');
            }
        }
        RowFormat::Jsonl => {
            for post in posts {
                let row = JsonRow { text: &post.content, topic: post.topic.as_deref() };
                rows.push_str(&serde_json::to_string(&row).context(WRITING)?);
                rows.push('\n');
            }
        }
        RowFormat::Csv => {
            let mut table = csv::Writer::from_writer(Vec::new());
            table.write_record(["text", "topic"]).context(WRITING)?;
            for post in posts {
                let topic = post.topic.as_deref().unwrap_or_default();
                table.write_record([post.content.as_str(), topic]).context(WRITING)?;
            }
            rows = String::from_utf8(table.into_inner().context(WRITING)?).context(WRITING)?;
        }
    }
    Ok(rows)
}
