//! `/find`: pages, bots, posts by their number, and what one can do; what the field of the header asks
//! and `Ctrl-K` jumps to.
//!
//! Every question is answered by an index: names of bots by their beginning, posts by their number.
//! Words inside of posts are not searched.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::response::Response;
use domain::model::access::{Right, Rights};
use domain::model::{BotId, PostId};
use serde::Deserialize;

use crate::access::Caller;
use crate::component::Mark;
use crate::pages::forms::page;
use crate::pages::frame::{Frame, Section};
use crate::problem::Problem;
use crate::state::Shared;

/// Hits on the page at most.
const HITS_MAX: usize = 24;
/// Bots among them at most.
const BOTS_MAX: u32 = 8;
/// Characters of a question that are looked at.
const QUESTION_MAX: usize = 60;

#[derive(Template)]
#[template(path = "find.html")]
struct Page<'a> {
    frame: Frame<'a>,
    question: String,
    hits: Vec<Hit>,
}

/// Something that was found.
#[derive(Debug, PartialEq)]
struct Hit {
    mark: Option<Mark>,
    name: String,
    what: &'static str,
    href: String,
}

/// Something that one can do, and where.
struct Command {
    name: &'static str,
    href: &'static str,
    right: Right,
}

const COMMANDS: [Command; 9] = [
    Command { name: "Write a post", href: "/queue#write", right: Right::Draft },
    Command { name: "Approve several posts", href: "/approvals/all", right: Right::Approve },
    Command { name: "Stop all sending", href: "/attention#stop", right: Right::Approve },
    Command { name: "Change the password", href: "/settings", right: Right::Read },
    Command { name: "Turn on the second factor", href: "/settings/second", right: Right::Read },
    Command { name: "End a session", href: "/settings", right: Right::Read },
    Command { name: "Invite somebody", href: "/settings/people", right: Right::Admin },
    Command { name: "Make a token", href: "/settings/tokens", right: Right::Admin },
    Command { name: "Read the audit log", href: "/settings/log", right: Right::Admin },
];

/// What is looked for.
#[derive(Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    q: String,
}

/// The page.
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let question: String = asked.q.trim().chars().take(QUESTION_MAX).collect();
    let frame = Frame::of(&shared, &caller, Section::Nowhere);
    let mut hits = post_of(&shared, &question).await?;
    hits.extend(bots_of(&shared, &question).await?);
    hits.extend(places(&frame, &question));
    hits.extend(commands(caller.rights, &question));
    hits.truncate(HITS_MAX);
    Ok(page(&Page { frame, question, hits }))
}

/// The post of that number.
async fn post_of(shared: &Shared, question: &str) -> Result<Vec<Hit>, Problem> {
    let Ok(number) = question.trim_start_matches('#').parse::<i64>() else { return Ok(Vec::new()) };
    let Some(post) = shared.store.find_post(PostId(number)).await? else { return Ok(Vec::new()) };
    Ok(vec![Hit {
        mark: Some(Mark::of(&post.bot)),
        name: format!("Post {number} of {}", post.bot),
        what: "post",
        href: format!("/posts/{number}"),
    }])
}

/// Bots whose name begins so.
async fn bots_of(shared: &Shared, question: &str) -> Result<Vec<Hit>, Problem> {
    let Ok(first) = BotId::try_from(question.to_lowercase()) else { return Ok(Vec::new()) };
    let mut bots = Vec::new();
    if shared.store.find_bot_line(&first).await?.is_some() {
        bots.push(first.clone());
    }
    let after = shared.store.list_bot_ids(Some(&first), BOTS_MAX).await?;
    bots.extend(after.into_iter().filter(|bot| bot.as_str().starts_with(first.as_str())));
    let hit = |bot: BotId| Hit {
        mark: Some(Mark::of(&bot)),
        name: bot.to_string(),
        what: "bot",
        href: format!("/queue?bot={bot}"),
    };
    Ok(bots.into_iter().map(hit).collect())
}

fn places(frame: &Frame<'_>, question: &str) -> Vec<Hit> {
    let of_it = frame.rail.iter().filter(|place| has_words(place.name, question));
    let hit = |place: &super::frame::Place| Hit {
        mark: None,
        name: place.name.to_owned(),
        what: "page",
        href: place.href.to_owned(),
    };
    of_it.map(hit).collect()
}

fn commands(rights: Rights, question: &str) -> Vec<Hit> {
    let may = |command: &&Command| rights.has(command.right);
    let of_it = COMMANDS.iter().filter(may).filter(|one| has_words(one.name, question));
    let hit = |command: &Command| Hit {
        mark: None,
        name: command.name.to_owned(),
        what: "do",
        href: command.href.to_owned(),
    };
    of_it.map(hit).collect()
}

/// Whether each word of the question begins a word of the name.
fn has_words(name: &str, question: &str) -> bool {
    let name = name.to_lowercase();
    let begins = |asked: &str| name.split(' ').any(|word| word.starts_with(asked));
    question.to_lowercase().split_whitespace().all(begins)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_by_their_beginnings() {
        for (question, is_there) in
            [("", true), ("stop", true), ("sen st", true), ("STOP ALL", true), ("top", false)]
        {
            assert_eq!(has_words("Stop all sending", question), is_there, "{question}");
        }
    }

    #[test]
    fn nobody_is_offered_what_is_not_allowed() {
        let names =
            |rights| commands(rights, "").into_iter().map(|hit| hit.name).collect::<Vec<_>>();
        let reader = names(Rights::of(&[Right::Read]));
        assert!(reader.contains(&"Change the password".to_owned()));
        assert!(!reader.contains(&"Make a token".to_owned()), "{reader:?}");
    }
}
