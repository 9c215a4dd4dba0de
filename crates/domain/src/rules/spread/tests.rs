//! Batches spread as the weights say, whatever review drops of them.

use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::model::{BotId, Cron, Schedule, Topic};
use crate::rules::chance;

fn topic(name: &str, weight: u32) -> Topic {
    Topic { weight, ..Topic::new(name) }
}

fn persona(topics: &[(&str, u32)]) -> Persona {
    let topics = topics.iter().map(|(name, weight)| topic(name, *weight)).collect();
    Persona { topics, ..Persona::default() }
}

fn by_weight(persona: &Persona) -> Vec<Target> {
    let bot = BotId::try_from("ada").unwrap();
    targets(&bot, persona, &[], "2026-11-23T08:00:00Z".parse().unwrap())
}

/// The wishes of one batch, told as `topic angle format`.
fn wishes(persona: &Persona, recent: &[RecentPost], count: u32) -> Vec<TopicWish> {
    let targets = by_weight(persona);
    spread(Batch { persona, targets: &targets, recent, count, fruitless: 0 })
}

fn names(wishes: &[TopicWish]) -> Vec<&str> {
    wishes.iter().map(|wish| wish.topic.as_str()).collect()
}

fn accepted(wish: &TopicWish) -> RecentPost {
    RecentPost {
        text: String::new(),
        topic: Some(wish.topic.clone()),
        angle: wish.angle.clone(),
        format: wish.format.clone(),
    }
}

/// Writes batches until so many posts were accepted, as the engine does; newest first.
fn write(
    persona: &Persona,
    (wanted, batch): (usize, u32),
    mut is_accepted: impl FnMut(&TopicWish, u64) -> bool,
) -> Vec<RecentPost> {
    let targets = by_weight(persona);
    let mut all: Vec<RecentPost> = Vec::new();
    let (mut asked, mut fruitless) = (0, 0);
    while all.len() < wanted && asked < 100_000 {
        let recent = &all[..all.len().min(MEMORY_MAX as usize)];
        let wishes = spread(Batch { persona, targets: &targets, recent, count: batch, fruitless });
        let before = all.len();
        for wish in &wishes {
            asked += 1;
            if is_accepted(wish, asked) {
                all.insert(0, accepted(wish));
            }
        }
        fruitless = if all.len() == before { fruitless + 1 } else { 0 };
    }
    all
}

#[test]
fn a_batch_follows_the_weights_and_what_was_written_before() {
    let three = persona(&[("a", 2), ("b", 1), ("c", 1)]);
    assert_eq!(names(&wishes(&three, &[], 8)), ["a", "b", "c", "a", "a", "b", "c", "a"]);
    let post = |topic: &str| accepted(&TopicWish::on(topic, 1));
    let recent = [post("a"), post("a"), post("b"), post("old")];
    assert_eq!(names(&wishes(&three, &recent, 3)), ["c", "a", "b"]);
    // Of two that are equally far behind, the one that rested longer.
    let two = persona(&[("a", 1), ("b", 1)]);
    assert_eq!(names(&wishes(&two, &[post("a"), post("b")], 2)), ["b", "a"]);
    assert_eq!(names(&wishes(&persona(&[("a", 1)]), &[], 3)), ["a", "a", "a"]);
    assert!(wishes(&persona(&[]), &[], 3).is_empty());
    assert!(wishes(&two, &[], 0).is_empty());
}

#[test]
fn every_side_of_a_topic_comes_before_one_comes_again() {
    let fog = Topic {
        angles: ["smell", "sound", "cold"].map(str::to_owned).to_vec(),
        formats: ["question", "line"].map(str::to_owned).to_vec(),
        ..Topic::new("fog")
    };
    let persona = Persona {
        topics: vec![fog, Topic::new("tea")],
        formats: vec!["list".to_owned()],
        ..Persona::default()
    };
    let written = write(&persona, (24, 5), |_, _| true);
    let sides = |topic: &str| -> Vec<(Option<&str>, Option<&str>)> {
        let of_topic = written.iter().rev().filter(|post| post.topic.as_deref() == Some(topic));
        of_topic.map(|post| (post.angle.as_deref(), post.format.as_deref())).collect()
    };
    let of_fog = sides("fog");
    for six in of_fog.chunks_exact(6) {
        let different: std::collections::BTreeSet<_> = six.iter().collect();
        assert_eq!(different.len(), 6, "{of_fog:?}");
    }
    assert!(of_fog.windows(2).all(|pair| pair[0].1 != pair[1].1), "{of_fog:?}");
    assert!(of_fog[..6].windows(2).all(|pair| pair[0].0 != pair[1].0), "{of_fog:?}");
    assert!(sides("tea").iter().all(|side| *side == (None, Some("list"))));
}

#[test]
fn a_topic_that_review_never_lets_out_starves_none_of_the_others() {
    let persona = persona(&[("never", 5), ("b", 1), ("c", 1)]);
    for batch in [1, 2, 10] {
        let written = write(&persona, (60, batch), |wish, _| wish.topic != "never");
        assert_eq!(written.len(), 60, "batches of {batch}");
        let of_b = written.iter().filter(|post| post.topic.as_deref() == Some("b")).count();
        assert!((27..=33).contains(&of_b), "{of_b} of b in batches of {batch}");
    }
}

#[test]
fn topics_come_as_often_as_the_schedules_that_keep_to_them() {
    let bot = BotId::try_from("ada").unwrap();
    let now = "2026-11-23T08:00:00Z".parse().unwrap();
    let schedule = |cron: &str, topics: &[&str]| Schedule {
        topics: topics.iter().map(|topic| (*topic).to_owned()).collect(),
        ..Schedule::new(cron, Cron::parse(cron).unwrap(), TimeZone::UTC)
    };
    let persona = persona(&[("weather", 1), ("ships", 3), ("birds", 1)]);
    let weights = |schedules: &[Schedule]| -> Vec<u64> {
        let all = targets(&bot, &persona, schedules, now);
        let unit = all.iter().map(|target| target.weight).filter(|weight| *weight > 0).min();
        all.iter().map(|target| target.weight / unit.unwrap()).collect()
    };
    assert_eq!(weights(&[schedule("0 9 * * *", &[])]), [1, 3, 1]);
    // Two of three posts are about the weather, the third about one of the others.
    let own = [schedule("0 7,19 * * *", &["weather"]), schedule("0 12 * * *", &["ships", "birds"])];
    assert_eq!(weights(&own), [8, 3, 1]);
    // What no schedule takes is not written.
    assert_eq!(weights(&[schedule("0 7 * * *", &["weather", "birds"])]), [1, 0, 1]);
    // A name that the persona lost keeps to nothing.
    assert_eq!(weights(&[schedule("0 7 * * *", &["gone"])]), [1, 3, 1]);
    // Often and seldom: every ten seconds, and on Sundays.
    let pace = [schedule("*/10 * * * * *", &["weather"]), schedule("0 9 * * sun", &["birds"])];
    assert!((55_000..=65_000).contains(&weights(&pace)[0]), "{:?}", weights(&pace));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// The promise: within 20 % of its weight over 1,000 accepted posts, with every second candidate
    /// dropped, evenly or with a grudge against some topics.
    #[test]
    fn accepted_posts_follow_the_weights(
        weights in prop::collection::vec(1_u32..6, 1..8),
        batch in 5_u32..30,
        seed in any::<u64>(),
        grudge in prop::collection::vec(0_u64..=50, 8),
    ) {
        let names = ["a", "b", "c", "d", "e", "f", "g"];
        let topics: Vec<_> = names.iter().copied().zip(weights.iter().copied()).collect();
        let persona = persona(&topics);
        let written = write(&persona, (1_000, batch), |wish, asked| {
            let place = names.iter().position(|name| *name == wish.topic).unwrap();
            let drawn = chance::hash_of(&[&seed.to_string(), &asked.to_string()]) >> 20;
            drawn % 100 >= grudge[place]
        });
        prop_assert!(written.len() >= 1_000);
        let total: u32 = weights.iter().sum();
        for (name, weight) in &topics {
            let count = written.iter().filter(|post| post.topic.as_deref() == Some(name)).count();
            // Both in posts times the sum of the weights, so that whole numbers are exact.
            let is = count * total as usize;
            let wanted = written.len() * *weight as usize;
            prop_assert!(
                is.abs_diff(wanted) * 5 <= wanted,
                "{} {} of {}: {:?}", name, is, wanted, topics
            );
        }
    }

    #[test]
    fn the_same_batch_gives_the_same_wishes(count in 0_u32..50, fruitless in 0_u32..9) {
        let persona = persona(&[("a", 3), ("b", 2), ("c", 1)]);
        let targets = by_weight(&persona);
        let batch = Batch { persona: &persona, targets: &targets, recent: &[], count, fruitless };
        let wishes = spread(batch);
        prop_assert_eq!(&wishes, &spread(batch));
        prop_assert_eq!(wishes.len(), count as usize);
    }
}
