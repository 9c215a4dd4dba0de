//! What X would charge, at the prices of its list from 2026-04-20; written apart from the product's own
//! list and its own idea of a link, so that one can find the other's mistakes.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::links::links;

/// Micro-dollars for a post without a link.
const POST: u64 = 15_000;
/// For one with a link.
const POST_WITH_LINK: u64 = 200_000;
/// For each post of one's own that a page returns.
const POST_READ: u64 = 1_000;
/// For asking who one is.
const USER_READ: u64 = 10_000;

/// What was taken and read so far. What X refuses it does not charge for, and what a person does by hand
/// goes through no API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bill {
    /// Posts without a link.
    pub posts: u64,
    /// Posts with one.
    pub posts_with_link: u64,
    /// Posts that pages returned.
    pub posts_read: u64,
    /// Answers to `users/me`.
    pub users_read: u64,
}

impl Bill {
    /// For one post.
    pub fn of_post(text: &str) -> Self {
        let has_link = !links(text).is_empty();
        Self {
            posts: u64::from(!has_link),
            posts_with_link: u64::from(has_link),
            ..Self::default()
        }
    }

    /// What it comes to.
    pub fn micro_usd(&self) -> u64 {
        self.posts * POST
            + self.posts_with_link * POST_WITH_LINK
            + self.posts_read * POST_READ
            + self.users_read * USER_READ
    }
}

/// Counts while requests come in.
#[derive(Debug, Default)]
pub(crate) struct Till {
    posts: AtomicU64,
    posts_with_link: AtomicU64,
    posts_read: AtomicU64,
    users_read: AtomicU64,
}

impl Till {
    pub(crate) fn post(&self, text: &str) {
        let Bill { posts, posts_with_link, .. } = Bill::of_post(text);
        self.posts.fetch_add(posts, Ordering::Relaxed);
        self.posts_with_link.fetch_add(posts_with_link, Ordering::Relaxed);
    }

    pub(crate) fn page(&self, posts: usize) {
        self.posts_read.fetch_add(posts as u64, Ordering::Relaxed);
    }

    pub(crate) fn user(&self) {
        self.users_read.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn bill(&self) -> Bill {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Bill {
            posts: of(&self.posts),
            posts_with_link: of(&self.posts_with_link),
            posts_read: of(&self.posts_read),
            users_read: of(&self.users_read),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_thirteen_times_as_dear() {
        let till = Till::default();
        till.post("the tide is in");
        till.post("see example.com");
        till.page(3);
        till.user();
        let bill = till.bill();
        assert_eq!((bill.posts, bill.posts_with_link), (1, 1));
        assert_eq!(bill.micro_usd(), 15_000 + 200_000 + 3_000 + 10_000);
    }
}
