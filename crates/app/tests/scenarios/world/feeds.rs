//! Feeds of a world: what stands at each address, or why nothing does.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use domain::model::{FeedItem, FeedUrl, Validators};
use domain::ports::{FeedDocument, FeedFailed, FeedTrouble, Feeds, Fetched, Wishes};

/// What is served, by address. Each change of a feed is another `ETag`.
#[derive(Clone, Default)]
pub struct FakeFeeds(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    served: BTreeMap<String, Result<Vec<FeedItem>, FeedTrouble>>,
    version: u32,
    asked: u32,
}

impl FakeFeeds {
    /// From now on these items stand there, the newest first.
    pub fn serve(&self, url: &str, items: &[FeedItem]) {
        self.set(url, Ok(items.to_vec()));
    }

    /// From now on there is this trouble.
    pub fn fail(&self, url: &str, trouble: FeedTrouble) {
        self.set(url, Err(trouble));
    }

    /// How often somebody asked.
    pub fn asked(&self) -> u32 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).asked
    }

    fn set(&self, url: &str, served: Result<Vec<FeedItem>, FeedTrouble>) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.version += 1;
        state.served.insert(url.to_owned(), served);
    }
}

#[async_trait]
impl Feeds for FakeFeeds {
    async fn fetch(&self, url: &FeedUrl, validators: &Validators) -> Result<Fetched, FeedFailed> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.asked += 1;
        let etag = Some(format!("\"{}\"", state.version));
        let failed = |trouble| FeedFailed { url: url.clone(), trouble };
        let served = state.served.get(url.as_str()).cloned();
        let items = served.unwrap_or(Err(FeedTrouble::Gone)).map_err(failed)?;
        if validators.etag == etag {
            return Ok(Fetched::NotModified(Wishes::default()));
        }
        Ok(Fetched::Whole(FeedDocument {
            title: "News".to_owned(),
            items,
            left_out: 0,
            validators: Validators { etag, last_modified: None },
            wishes: Wishes::default(),
        }))
    }
}
