//! The writer that needs no model: each bot's own grammar, or the built-in one.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use domain::model::{BotId, GRAMMAR, GenerationUsage};
use domain::ports::{WriteAnswer, WriteRequest, Writer, WriterError};
use domain::rules::grammar::OwnGrammar;
use engine::{GrammarWriter, cannot_read};

use crate::config::DeclaredBot;

/// Writes from the grammar of the bot that asks.
pub struct Grammars {
    own: BTreeMap<BotId, Arc<OwnGrammar>>,
    built_in: GrammarWriter,
}

impl Grammars {
    /// Those that `bots` bring.
    pub fn of(bots: &[DeclaredBot]) -> Self {
        let own = bots
            .iter()
            .filter_map(|declared| Some((declared.bot.id.clone(), declared.grammar.clone()?)))
            .collect();
        Self { own, built_in: GrammarWriter }
    }
}

#[async_trait]
impl Writer for Grammars {
    async fn write(&self, request: &WriteRequest) -> Result<WriteAnswer, WriterError> {
        if request.needs_model {
            return Err(cannot_read());
        }
        let Some(grammar) = self.own.get(&request.bot) else {
            return self.built_in.write(request).await;
        };
        Ok(WriteAnswer {
            candidates: grammar.write(&request.persona, &request.wishes, request.seed),
            usage: GenerationUsage { model: GRAMMAR.to_owned(), ..GenerationUsage::default() },
            ..WriteAnswer::default()
        })
    }
}
