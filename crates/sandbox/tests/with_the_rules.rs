//! The product's rules against the sandbox's own, which were written apart: where both agree on
//! generated texts, neither is wrong alone.

use std::sync::Arc;

use domain::model::BotId;
use domain::ports::{Answer, TimelineQuery, TopicWish, WriteRequest, Writer, XApi};
use domain::rules::prompt::prompt;
use domain::rules::{reconcile, review};
use jiff::{SignedDuration, Timestamp};
use sandbox::{
    DuplicateFilter, Limits, SandboxModel, SandboxSettings, SandboxX, World, weighted_length,
};
use testkit::TestClock;

/// Between the pieces. The sandbox finds links by a simpler rule than the product, so they are
/// compared where words end, as people and models write.
const SEAMS: [&str; 6] = [" ", "\n", ", ", " — ", "! ", " & "];

/// Pieces that X counts, links or rewrites in its own way.
const PIECES: [&str; 41] = [
    "fog",
    "Light ",
    " & ",
    "<b>",
    "&amp;",
    "example.com",
    " https://example.com/a?b=c&d=e ",
    "http://Example.ORG:8080/x",
    "(https://en.wikipedia.org/wiki/Rust_(fungus))",
    " t.co ",
    "…",
    "日本語",
    "これはexample.jpです",
    "한국",
    "Ёлка",
    "🌊",
    "👨‍👩‍👧‍👦",
    "👍🏽",
    "🇵🇹",
    "1️⃣",
    "☕",
    "✨",
    "e\u{301}",
    "é",
    "\n",
    "\u{2028}",
    " ",
    ". ",
    ", ",
    "!",
    "3.14",
    "@ada",
    "#tag",
    "$TEAM",
    "a@b.com",
    "main.rs",
    "Ends here.Then",
    "\"quoted\"",
    "—",
    "’",
    "tail ",
];

/// Texts that are the same in every run.
struct Texts(u64);

impl Texts {
    fn number(&mut self, below: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % below
    }

    fn next(&mut self) -> String {
        let pieces = 1 + self.number(8);
        let mut text = String::new();
        for _ in 0..pieces {
            text.push_str(PIECES[self.number(PIECES.len())]);
            text.push_str(SEAMS[self.number(SEAMS.len())]);
        }
        text
    }
}

fn world(settings: &SandboxSettings) -> (TestClock, Arc<World>) {
    let clock = TestClock::at(testkit::at("2026-11-23T09:00:00Z"));
    let world = World::open(Arc::new(clock.clone()), settings).expect("no file is opened");
    (clock, world)
}

#[test]
fn both_count_the_same_length() {
    let mut texts = Texts(1);
    for _ in 0..5_000 {
        let text = texts.next();
        assert_eq!(weighted_length(&text), review::weighted_length(&text), "{text:?}");
    }
}

#[tokio::test]
async fn whatever_x_makes_of_a_text_reconciliation_knows_it_again() {
    let settings = SandboxSettings {
        limits: Limits::none(),
        duplicate_filter: DuplicateFilter::Off,
        ..SandboxSettings::default()
    };
    let (clock, world) = world(&settings);
    let x = SandboxX::new(world);
    let ada = BotId::try_from("ada").expect("a name");
    let me = x.me(&ada).await.expect("me").user;
    let query = TimelineQuery { since: Timestamp::MIN, max: 5, page: None };
    let mut texts = Texts(2);
    let mut sent = 0;
    for _ in 0..5_000 {
        let text = texts.next();
        clock.advance(SignedDuration::from_millis(1));
        let Answer::Http(answer) = x.create_post(&ada, &text).await.answer else { panic!() };
        let Some(echo) = answer.text else { continue };
        sent += 1;
        let page = x.timeline(&ada, &me, &query).await.expect("a page");
        assert!(reconcile::is_same_text(&text, &page.items[0]), "{text:?} {:?}", page.items[0]);
        assert!(reconcile::is_echo(&text, &echo), "{text:?} {echo:?}");
    }
    assert!(sent > 3_000, "{sent}");
}

#[tokio::test]
async fn what_the_model_writes_passes_review() {
    let (_, world) = world(&SandboxSettings::default());
    let model = SandboxModel::new(world);
    let persona = testkit::persona();
    let wishes: Vec<TopicWish> =
        ["weather", "ships", "quantum knitting", "books", "coffee", "code"]
            .map(|topic| TopicWish::on(topic, 30))
            .into();
    let request = WriteRequest {
        bot: BotId::try_from("ada").expect("a name"),
        prompt: prompt(&persona, &wishes, &[]),
        persona,
        wishes,
        seed: 1,
        is_thrifty: false,
        is_urgent: false,
        needs_model: false,
    };
    for _ in 0..10 {
        let answer = model.write(&request).await.expect("posts");
        assert_eq!(answer.candidates.len(), 180);
        for candidate in answer.candidates {
            let verdict = review::review(&candidate.text, &request.persona.policy);
            assert!(verdict.is_accepted(), "{:?}: {:?}", candidate.text, verdict.findings);
        }
    }
}
