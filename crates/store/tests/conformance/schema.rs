//! The schemas mirror each other, and every text of ours means something on both engines.

use crate::world::{World, on_both};

pub(crate) const SQLITE_COLUMNS: &str = "SELECT t.name || '.' || c.name FROM sqlite_schema t
     JOIN pragma_table_xinfo(t.name) c
     WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
        AND t.name NOT LIKE '\\_sqlx%' ESCAPE '\\' ORDER BY 1";

pub(crate) const POSTGRES_COLUMNS: &str =
    "SELECT CAST(table_name || '.' || column_name AS TEXT) COLLATE \"C\"
     FROM information_schema.columns
     WHERE table_schema = 'public' AND table_name NOT LIKE '\\_sqlx%' ORDER BY 1";

const SQLITE_INDEXES: &str = "SELECT name FROM sqlite_schema WHERE type = 'index'
     AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1";

const POSTGRES_INDEXES: &str = "SELECT CAST(indexname AS TEXT) COLLATE \"C\" FROM pg_indexes
     WHERE schemaname = 'public' AND indexname NOT LIKE '%\\_pkey' AND indexname NOT LIKE '%\\_key'
     ORDER BY 1";

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

/// The seed's tables keep their names and columns.
async fn the_seeds_columns_are_there(world: &World) {
    let columns =
        world.words(if world.is_sqlite() { SQLITE_COLUMNS } else { POSTGRES_COLUMNS }).await;
    for (table, names) in [
        (
            "posts",
            "id content bot_id category used created_at updated_at generation_cost \
             generation_tokens generation_model content_hash",
        ),
        (
            "bot_stats",
            "bot_id total_posts remaining_posts last_post_at last_replenishment_at created_at \
             updated_at",
        ),
        (
            "bot_configs",
            "bot_id personality_prompt content_sources posting_style topics tone max_length \
             schedule_cron timezone created_at updated_at",
        ),
    ] {
        for name in names.split_whitespace() {
            assert!(columns.contains(&format!("{table}.{name}")), "{table}.{name}");
        }
    }
}

on_both! { every_text_is_understood, the_seeds_columns_are_there, }

#[tokio::test]
async fn both_engines_have_the_same_tables_columns_and_indexes() {
    let (sqlite, postgres) = (World::sqlite().await, World::postgres().await);
    let columns = sqlite.words(SQLITE_COLUMNS).await;
    assert!(columns.len() > 100, "{columns:?}");
    assert_eq!(columns, postgres.words(POSTGRES_COLUMNS).await);
    let indexes = sqlite.words(SQLITE_INDEXES).await;
    assert!(indexes.len() >= 15, "{indexes:?}");
    assert_eq!(indexes, postgres.words(POSTGRES_INDEXES).await);
    sqlite.finish().await;
    postgres.finish().await;
}

#[test]
fn migrations_are_mirrored() {
    let names = |engine: &str| {
        let folder = format!("{}/migrations/{engine}", env!("CARGO_MANIFEST_DIR"));
        let mut names: Vec<_> = std::fs::read_dir(folder)
            .expect("the folder is there")
            .map(|entry| entry.expect("readable").file_name())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names("sqlite"), names("postgres"));
}
