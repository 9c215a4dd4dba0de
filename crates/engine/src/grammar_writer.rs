//! The writer that needs no model: the built-in grammar.

use async_trait::async_trait;
use domain::model::{GRAMMAR, GenerationUsage};
use domain::ports::{WriteAnswer, WriteRequest, Writer, WriterError};
use domain::rules::grammar;

/// What a grammar says to a prompt that it would have to read.
pub fn cannot_read() -> WriterError {
    WriterError::NotSent("a grammar cannot write about an item of a feed".to_owned())
}

/// Writes from the grammar; costs nothing, and fails only where a prompt must be read.
pub struct GrammarWriter;

#[async_trait]
impl Writer for GrammarWriter {
    async fn write(&self, request: &WriteRequest) -> Result<WriteAnswer, WriterError> {
        if request.needs_model {
            return Err(cannot_read());
        }
        Ok(WriteAnswer {
            candidates: grammar::write(&request.persona, &request.wishes, request.seed),
            usage: GenerationUsage { model: GRAMMAR.to_owned(), ..GenerationUsage::default() },
            ..WriteAnswer::default()
        })
    }
}
