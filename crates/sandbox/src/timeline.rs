//! The posts of one account, newest last, and the pages that X would show of them.

use std::collections::VecDeque;

use domain::model::XPostId;
use jiff::{SignedDuration, Timestamp};

use crate::duplicate::normal_form;
use crate::rewrite::Rewritten;

/// X's own depth of a timeline; older posts are forgotten.
pub(crate) const TIMELINE_POSTS_MAX: usize = 3_200;

/// One post as the sandbox keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPost {
    /// X's id.
    pub id: XPostId,
    /// The text as it was sent.
    pub sent_text: String,
    /// The text as X gives it back.
    pub text: String,
    /// When X took it.
    pub at: Timestamp,
    /// From when the timeline shows it.
    pub visible_at: Timestamp,
    /// The post it replies to.
    pub in_reply_to: Option<XPostId>,
    pub(crate) rewritten: Rewritten,
    pub(crate) made_with_ai: bool,
    normal: String,
}

impl StoredPost {
    pub(crate) fn new(
        id: XPostId,
        sent_text: &str,
        rewritten: Rewritten,
        at: Timestamp,
        lag: SignedDuration,
    ) -> Self {
        Self {
            id,
            sent_text: sent_text.to_owned(),
            text: rewritten.text.clone(),
            at,
            visible_at: at + lag,
            in_reply_to: None,
            rewritten,
            made_with_ai: false,
            normal: normal_form(sent_text),
        }
    }
}

/// Which posts a page may hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PageRange {
    /// Only newer ids.
    pub(crate) since_id: Option<XPostId>,
    /// Only older ids.
    pub(crate) until_id: Option<XPostId>,
    /// Only from then on.
    pub(crate) start: Option<Timestamp>,
    /// Only before then.
    pub(crate) end: Option<Timestamp>,
    /// Without replies.
    pub(crate) excludes_replies: bool,
    /// At most so many.
    pub(crate) max: usize,
}

/// One page, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) posts: Vec<StoredPost>,
    /// There are older ones in the range.
    pub(crate) is_cut: bool,
}

/// One account's posts.
#[derive(Debug, Default)]
pub(crate) struct Timeline {
    posts: VecDeque<StoredPost>,
    accepted: u64,
}

impl Timeline {
    pub(crate) fn push(&mut self, post: StoredPost) {
        if self.posts.len() == TIMELINE_POSTS_MAX {
            self.posts.pop_front();
        }
        self.posts.push_back(post);
        self.accepted += 1;
    }

    /// Whether the same text was taken within `window`. Visibility does not matter: the filter
    /// knows what the timeline does not show yet.
    pub(crate) fn holds_duplicate(
        &self,
        text: &str,
        window: SignedDuration,
        now: Timestamp,
    ) -> bool {
        let normal = normal_form(text);
        self.posts
            .iter()
            .rev()
            .take_while(|post| now.duration_since(post.at) < window)
            .any(|post| post.normal == normal)
    }

    /// The page as it was `staleness` before `now`.
    pub(crate) fn page(
        &self,
        range: &PageRange,
        now: Timestamp,
        staleness: SignedDuration,
    ) -> Page {
        let seen_at = now - staleness;
        let mut posts: Vec<StoredPost> = self
            .posts
            .iter()
            .rev()
            .filter(|post| post.visible_at <= seen_at)
            .filter(|post| range.since_id.as_ref().is_none_or(|id| post.id > *id))
            .filter(|post| range.until_id.as_ref().is_none_or(|id| post.id < *id))
            .filter(|post| range.start.is_none_or(|start| post.at >= start))
            .filter(|post| range.end.is_none_or(|end| post.at < end))
            .filter(|post| !range.excludes_replies || post.in_reply_to.is_none())
            .take(range.max + 1)
            .cloned()
            .collect();
        let is_cut = posts.len() > range.max;
        posts.truncate(range.max);
        Page { posts, is_cut }
    }

    /// Removes a post, as its author or X would.
    pub(crate) fn remove(&mut self, id: &XPostId) -> bool {
        let before = self.posts.len();
        self.posts.retain(|post| post.id != *id);
        self.posts.len() < before
    }

    pub(crate) fn holds(&self, id: &XPostId) -> bool {
        self.posts.iter().any(|post| post.id == *id)
    }

    /// How many a reader can see. Counts lag as timelines do.
    pub(crate) fn visible_count(&self, now: Timestamp) -> u64 {
        let hidden = self.posts.iter().filter(|post| post.visible_at > now).count() as u64;
        let forgotten = self.accepted.saturating_sub(self.posts.len() as u64);
        let kept = self.posts.len() as u64;
        // What was removed by hand is not counted; what fell off the end still is.
        if kept == TIMELINE_POSTS_MAX as u64 { kept + forgotten - hidden } else { kept - hidden }
    }

    pub(crate) fn posts(&self) -> impl DoubleEndedIterator<Item = &StoredPost> {
        self.posts.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rewrite::rewrite;
    use crate::snowflake::Snowflake;

    const MINUTE: SignedDuration = SignedDuration::from_mins(1);

    fn timeline(count: i32, lag: SignedDuration) -> (Timeline, Timestamp) {
        let start = testkit::at("2026-11-23T09:00:00Z");
        let flake = Snowflake::default();
        let mut timeline = Timeline::default();
        for n in 0..count {
            let at = start + MINUTE * n;
            let text = format!("post {n}");
            timeline.push(StoredPost::new(flake.next(at), &text, rewrite(&text, 1), at, lag));
        }
        (timeline, start + MINUTE * (count - 1))
    }

    fn texts(page: &Page) -> Vec<&str> {
        page.posts.iter().map(|post| post.text.as_str()).collect()
    }

    #[test]
    fn a_page_is_newest_first_and_says_when_it_is_cut() {
        let (timeline, now) = timeline(7, SignedDuration::ZERO);
        let page =
            timeline.page(&PageRange { max: 5, ..PageRange::default() }, now, SignedDuration::ZERO);
        assert_eq!(texts(&page), ["post 6", "post 5", "post 4", "post 3", "post 2"]);
        assert!(page.is_cut);
    }

    #[test]
    fn lag_hides_new_posts_from_readers_but_not_from_the_duplicate_filter() {
        let (timeline, now) = timeline(3, MINUTE * 2);
        let page =
            timeline.page(&PageRange { max: 5, ..PageRange::default() }, now, SignedDuration::ZERO);
        assert_eq!(texts(&page), ["post 0"]);
        assert_eq!(timeline.visible_count(now), 1);
        assert!(timeline.holds_duplicate("post  2", MINUTE * 60, now));
        assert!(!timeline.holds_duplicate("post 0", MINUTE, now));
    }

    #[test]
    fn a_range_bounds_by_id_and_by_time() {
        let (timeline, now) = timeline(6, SignedDuration::ZERO);
        let ids: Vec<_> = timeline.posts().map(|post| post.id.clone()).collect();
        let by_id = PageRange {
            since_id: Some(ids[1].clone()),
            until_id: Some(ids[4].clone()),
            max: 10,
            ..PageRange::default()
        };
        assert_eq!(texts(&timeline.page(&by_id, now, SignedDuration::ZERO)), ["post 3", "post 2"]);
        let by_time = PageRange { start: Some(now - MINUTE), max: 10, ..PageRange::default() };
        assert_eq!(
            texts(&timeline.page(&by_time, now, SignedDuration::ZERO)),
            ["post 5", "post 4"]
        );
    }

    #[test]
    fn memory_is_bounded() {
        let (timeline, now) =
            timeline(i32::try_from(TIMELINE_POSTS_MAX).unwrap() + 5, SignedDuration::ZERO);
        assert_eq!(timeline.posts().count(), TIMELINE_POSTS_MAX);
        assert_eq!(timeline.visible_count(now), TIMELINE_POSTS_MAX as u64 + 5);
    }
}
