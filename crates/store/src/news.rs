//! A PostgreSQL server: its pool, and a connection besides by which it tells news.
//!
//! `LISTEN` belongs to a session, so this one is nobody else's. What it tells is only that there is
//! something; nodes look for it as ever, and would find it without being told, two seconds later.

use std::sync::Arc;

use domain::ports::store::StoreError;
use sqlx::postgres::{PgListener, PgPool};
use tokio::sync::Mutex;

use crate::fault::classify;
use crate::timeline::Newest;

const CHANNEL: &str = "flockwork";
/// Said in a transaction, it is told when that is committed.
pub(crate) const ANNOUNCE: &str = "NOTIFY flockwork";

/// The server.
pub(crate) struct Server {
    pub(crate) pool: PgPool,
    pub(crate) news: News,
    /// What it must not be older than.
    pub(crate) newest: Arc<Newest>,
}

impl Server {
    pub(crate) async fn close(&self) {
        self.news.close().await;
        self.pool.close().await;
    }
}

/// The connection that listens.
pub(crate) struct News {
    /// Of one connection, made when somebody first listens.
    pool: PgPool,
    ear: Mutex<Option<PgListener>>,
}

impl News {
    pub(crate) fn from(pool: PgPool) -> Self {
        Self { pool, ear: Mutex::new(None) }
    }

    /// Waits for news, or until it listens again after it could not: something may have been missed.
    pub(crate) async fn hear(&self) -> Result<(), StoreError> {
        let mut ear = self.ear.lock().await;
        let Some(listener) = ear.as_mut() else {
            *ear = Some(listen(&self.pool).await.map_err(|error| explain(&error))?);
            return Ok(());
        };
        match listener.try_recv().await {
            Ok(Some(_)) => {
                // Many at once are one piece of news.
                while listener.next_buffered().is_some() {}
                Ok(())
            }
            Ok(None) => {
                *ear = None;
                Err(StoreError::Unavailable("the connection that listens was ended".to_owned()))
            }
            Err(error) => {
                *ear = None;
                Err(explain(&error))
            }
        }
    }

    async fn close(&self) {
        // Who listens now is ended by the closing of the pool.
        let closing = self.pool.close();
        if let Ok(mut ear) = self.ear.try_lock() {
            *ear = None;
        }
        closing.await;
    }
}

async fn listen(pool: &PgPool) -> Result<PgListener, sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    Ok(listener)
}

fn explain(error: &sqlx::Error) -> StoreError {
    classify("(news)", error).into_error()
}
