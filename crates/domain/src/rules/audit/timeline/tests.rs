//! Pages that show what the receipts say, and pages that do not.

use super::*;

fn now() -> Timestamp {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

/// X's id of a post made so many minutes ago; `n` tells those of one moment apart.
fn id(minutes_ago: i64, n: i64) -> XPostId {
    let made_at = now().as_millisecond() - minutes_ago * 60_000;
    XPostId::try_from((((made_at - 1_288_834_974_657) << 22) + n).to_string()).unwrap()
}

fn known(minutes_ago: i64) -> Known {
    let x_post_id = id(minutes_ago, 0);
    let posted_at = x_post_id.created_at().unwrap();
    Known { x_post_id, posted_at, is_removed: false }
}

fn item(id: XPostId, text: &str) -> TimelineItem {
    TimelineItem {
        id,
        text: text.to_owned(),
        created_at: None,
        links: Vec::new(),
        in_reply_to: None,
        media_count: 0,
    }
}

fn page(items: Vec<TimelineItem>) -> TimelinePage {
    TimelinePage { items, has_errors: false, next: None, server_date: None }
}

fn comparison(receipts: Vec<Known>) -> Comparison {
    Comparison {
        bot: BotId::try_from("ada").unwrap(),
        x_user: None,
        compared_at: Some(now() - hours(24)),
        receipts,
    }
}

fn ours(state: PostState, receipt: Option<Known>) -> OurText {
    let content = "hello".to_owned();
    OurText { post: PostId(3), content, state, slot: None, is_open: false, receipt, send_by: None }
}

fn kinds(compared: &Compared) -> Vec<FindingKind> {
    compared.checked.found.iter().map(|finding| finding.kind).collect()
}

/// What it is called, our text, how many copies X shows, what is found, whether the bot is doubted.
type Case = (&'static str, OurText, usize, Vec<FindingKind>, bool);

#[test]
fn what_two_posts_with_our_words_mean() {
    use FindingKind::{DuplicateOnX as Duplicate, UnclaimedOnX as Unclaimed};
    use PostState as S;
    let receipt = known(100);
    let gone = Known { is_removed: true, ..receipt.clone() };
    let open = |text: OurText| OurText { is_open: true, ..text };
    let cases: [Case; 10] = [
        (
            "our post, and again",
            ours(S::Published, Some(receipt.clone())),
            1,
            vec![Duplicate],
            false,
        ),
        ("and twice again", ours(S::Published, Some(receipt)), 2, vec![Duplicate; 2], false),
        ("removed, made again by hand", ours(S::Published, Some(gone)), 1, vec![Unclaimed], false),
        ("still in the queue", ours(S::Queued, None), 1, vec![Unclaimed], true),
        ("about to go out", ours(S::Assigned, None), 1, vec![Unclaimed], true),
        ("given up as a duplicate", ours(S::Rejected, None), 1, vec![Unclaimed], false),
        ("being found out", open(ours(S::Assigned, None)), 1, vec![], false),
        ("found out to stand twice", open(ours(S::Assigned, None)), 2, vec![Duplicate], false),
        ("from before Flockwork", ours(S::Published, None), 1, vec![], false),
        ("from before, twice", ours(S::Published, None), 2, vec![], false),
    ];
    for (case, text, copies, expected, distrusts) in cases {
        let mut items: Vec<TimelineItem> =
            (1..=copies).map(|n| item(id(10, i64::try_from(n).unwrap()), "hello")).collect();
        items.extend(
            text.receipt
                .iter()
                .filter(|known| !known.is_removed)
                .map(|known| item(known.x_post_id.clone(), "hello")),
        );
        let comparison = comparison(text.receipt.iter().cloned().collect());
        let compared = compare(&comparison, &page(items), &[text], now());
        assert_eq!(kinds(&compared), expected, "{case}");
        assert_eq!(compared.distrust_since.is_some(), distrusts, "{case}");
    }
}

#[test]
fn other_texts_replies_and_pictures_are_not_ours() {
    let receipt = known(100);
    let comparison = comparison(vec![receipt.clone()]);
    let text = ours(PostState::Published, Some(receipt));
    let plain = || item(id(10, 1), "hello");
    for (other, is_asked_about) in [
        (item(id(10, 1), "hello!"), true),
        (TimelineItem { in_reply_to: Some(id(20, 0)), ..plain() }, false),
        (TimelineItem { media_count: 1, ..plain() }, false),
    ] {
        let page = page(vec![other]);
        assert_eq!(unclaimed(&comparison, &page).len(), usize::from(is_asked_about));
        assert_eq!(kinds(&compare(&comparison, &page, std::slice::from_ref(&text), now())), []);
    }
}

#[test]
fn a_text_is_looked_up_as_x_shows_it() {
    let shown = TimelineItem {
        links: vec![("https://t.co/x".to_owned(), "https://example.com/fog".to_owned())],
        ..item(id(10, 1), "salt &amp; fog https://t.co/x")
    };
    let page = page(vec![shown]);
    let asked = unclaimed(&comparison(Vec::new()), &page);
    assert_eq!(asked[0].0, review::content_hash("salt & fog https://example.com/fog"));
}

#[test]
fn a_post_is_gone_only_from_a_whole_page_that_shows_another() {
    let (control, lost, young) = (known(600), known(300), known(10));
    let comparison = comparison(vec![young.clone(), lost.clone(), control.clone()]);
    let shows = |known: &Known| item(known.x_post_id.clone(), "text");
    let whole = page(vec![shows(&control)]);
    let cut = TimelinePage { next: Some("more".to_owned()), ..whole.clone() };
    let broken = TimelinePage { has_errors: true, ..whole.clone() };
    let gone = vec![lost.x_post_id.clone()];
    for (page, removed) in [
        // A young one may only be late.
        (whole, gone),
        (cut, vec![]),
        (broken, vec![]),
        (page(vec![]), vec![]),
        (page(vec![item(id(600, 9), "by hand")]), vec![]),
        (page(vec![shows(&young), shows(&lost), shows(&control)]), vec![]),
    ] {
        assert_eq!(compare(&comparison, &page, &[], now()).removed, removed, "{page:?}");
    }
}

#[test]
fn what_comes_back_is_noted_and_what_is_known_to_be_gone_is_not_said_again() {
    let control = known(600);
    let gone = Known { is_removed: true, ..known(300) };
    let comparison = comparison(vec![gone.clone(), control.clone()]);
    let without = page(vec![item(control.x_post_id.clone(), "text")]);
    let compared = compare(&comparison, &without, &[], now());
    assert_eq!((compared.removed, compared.returned), (vec![], vec![]));
    let with = page(vec![item(gone.x_post_id.clone(), "text")]);
    assert_eq!(compare(&comparison, &with, &[], now()).returned, [gone.x_post_id]);
}

#[test]
fn each_post_is_read_twice_and_old_ones_are_not() {
    let minutes = |hours: i64| hours * 60;
    let since = |compared_hours_ago: Option<i64>, receipts: &[i64]| {
        let receipts = receipts.iter().map(|hours| known(minutes(*hours))).collect();
        let compared_at = compared_hours_ago.map(|ago| now() - hours(ago));
        let comparison = Comparison { compared_at, ..comparison(receipts) };
        comparison.since(now()).map(|since| now().duration_since(since).as_hours())
    };
    assert_eq!(since(Some(24), &[]), None, "nothing of ours: X is not asked");
    assert_eq!(since(Some(24), &[60]), None, "compared twice already");
    assert_eq!(since(Some(24), &[3, 30]), Some(48));
    assert_eq!(since(Some(24), &[3, 30, 60, 90]), Some(60), "one more, as the control");
    assert_eq!(since(Some(24), &[3, 24 * 40]), Some(48), "that is too old for one");
    assert_eq!(since(Some(72), &[3]), Some(96), "what nobody compared meanwhile");
    assert_eq!(since(Some(1000), &[3]), Some(168), "but a week at most");
    assert_eq!(since(None, &[3]), Some(168));
}
