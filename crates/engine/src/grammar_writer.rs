//! The writer that needs no model: the built-in grammar.

use async_trait::async_trait;
use domain::model::{GRAMMAR, GenerationUsage};
use domain::ports::{WriteAnswer, WriteRequest, Writer, WriterError};
use domain::rules::grammar;

/// Writes from the grammar; costs nothing and never fails.
pub struct GrammarWriter;

#[async_trait]
impl Writer for GrammarWriter {
    async fn write(&self, request: &WriteRequest) -> Result<WriteAnswer, WriterError> {
        Ok(WriteAnswer {
            candidates: grammar::write(&request.persona, &request.wishes, request.seed),
            usage: GenerationUsage { model: GRAMMAR.to_owned(), ..GenerationUsage::default() },
            ..WriteAnswer::default()
        })
    }
}
