//! The schemas mirror each other, and every text of ours means something on both engines.

use crate::world::{World, on_both};

async fn every_text_is_understood(world: &World) {
    let texts = store::sql_texts();
    assert!(texts.len() > 70, "the registry lists every text: {}", texts.len());
    for text in texts {
        let sql = if world.is_sqlite() { text.sqlite } else { text.postgres };
        if let Err(error) = world.prepare(sql).await {
            panic!("{}: {error}\n{sql}", text.table);
        }
    }
}

on_both! { every_text_is_understood, }
