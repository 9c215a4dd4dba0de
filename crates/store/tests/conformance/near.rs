//! Near-duplicates: the posts that may be like a text are found among those of all bots, and nothing
//! else is.

use domain::model::ContentHash;
use domain::ports::store::{AlikePost, PostStore};
use domain::rules::review::{
    BAND_POSTS_MAX, BANDS, BANDS_VERSION, COMPARED_MAX, LOOSE_MAX, Shingles,
};
use store::PastPost;

use crate::steps::{
    assign_all, declare, id, new_post, nine, plan, posted, queue, secs, send_all, settle, start,
};
use crate::world::{World, on_both};

const FOG: &str = "The fog lifted at nine, and the ferry left at ten with twelve people.";
const FOG_AGAIN: &str = "The fog lifted at nine, and the ferry left at ten with twelve birds.";
const WATER: &str = "High water at six, low water at noon, and nobody on the pier to see it.";

async fn alike(world: &World, text: &str) -> Vec<AlikePost> {
    let mut answers = world.db.list_alike(&[text]).await.unwrap();
    assert_eq!(answers.len(), 1);
    answers.remove(0)
}

async fn a_post_of_any_bot_is_found_by_a_text_that_is_nearly_the_same(world: &World) {
    declare(world, &["ada", "bob"]).await;
    queue(world, "ada", WATER, None).await;
    let fog = queue(world, "bob", FOG, None).await;
    let [near, same, other] = &world
        .db
        .list_alike(&[FOG_AGAIN, FOG, "Tonight the lamp burns for a ship that is not coming."])
        .await
        .unwrap()[..]
    else {
        panic!("an answer for each text");
    };
    let expected = AlikePost { id: fog, bot: id("bob"), at: start(), text: FOG.to_owned() };
    assert_eq!((near, same), (&vec![expected.clone()], &vec![expected]));
    assert!(other.is_empty());
    assert!(world.db.list_alike(&[]).await.unwrap().is_empty());
    assert!(alike(world, "").await.is_empty());
}

async fn it_is_found_whatever_became_of_it(world: &World) {
    declare(world, &["ada"]).await;
    queue(world, "ada", FOG, None).await;
    plan(world, nine()).await;
    assign_all(world, nine()).await;
    let fence = crate::steps::lease(world, nine()).await.fence;
    let sent = send_all(&world.db, nine() + secs(7), fence, 10).await.remove(0);
    settle(world, &[posted(&sent, "10")]).await;
    let at = world.number("SELECT posted_at FROM receipts").await;
    assert_eq!(alike(world, FOG_AGAIN).await[0].at.as_millisecond(), at);
}

/// X never had it, and a person may want it in better words.
async fn what_a_person_took_away_is_like_nothing(world: &World) {
    declare(world, &["ada"]).await;
    let removed = queue(world, "ada", WATER, None).await;
    assert_eq!(alike(world, WATER).await[0].id, removed);
    assert!(world.db.remove_post(removed, start()).await.unwrap());
    assert!(alike(world, WATER).await.is_empty());
    assert_eq!(world.db.fill_bands(10).await.unwrap(), 0, "and it stays so");
    assert_eq!(world.number("SELECT count(*) FROM post_bands").await, 0);
}

async fn what_went_out_before_flockwork_is_found(world: &World) {
    declare(world, &["ada"]).await;
    let row = store::SeedPost {
        id: 1,
        content: FOG.to_owned(),
        bot_id: "ada".to_owned(),
        category: None,
        is_used: true,
        created_at: Some(start() - secs(86_400)),
        cost: domain::model::MicroUsd(0),
        tokens: 0,
        model: None,
    };
    let past = PastPost { bot: id("ada"), content_hash: ContentHash::of_normal_form(FOG), row };
    world.db.remember_past(&[past.clone(), past], start()).await.unwrap();
    let found = alike(world, FOG_AGAIN).await;
    assert_eq!((found.len(), found[0].at), (1, start() - secs(86_400)));
}

async fn posts_without_bands_get_them_step_by_step(world: &World) {
    declare(world, &["ada"]).await;
    queue(world, "ada", WATER, None).await;
    assert_eq!(world.db.fill_bands(10).await.unwrap(), 0, "they came with the post");
    let fog = queue(world, "ada", FOG, None).await;
    queue(world, "ada", "…", None).await;
    // As a node of the version before stores them.
    world.execute("DELETE FROM post_bands").await;
    world.execute("UPDATE posts SET bands_version = 0").await;
    assert!(alike(world, FOG_AGAIN).await.is_empty());

    for (step, found) in [(1, 0), (1, 1), (1, 1), (0, 1)] {
        assert_eq!(world.db.fill_bands(1).await.unwrap(), step);
        assert_eq!(alike(world, FOG_AGAIN).await.len(), found);
    }
    assert_eq!(alike(world, FOG_AGAIN).await[0].id, fog);
    let versions = world.number("SELECT count(*) FROM posts WHERE bands_version = 1").await;
    assert_eq!(versions, 3);
    let bands = format!("SELECT count(*) FROM post_bands WHERE post_id = {}", fog.0);
    assert_eq!(world.number(&bands).await, i64::try_from(BANDS).unwrap());
}

/// Posts that end alike fill their bands: the newest of each are read, and still those that share the
/// most bands with the text.
async fn a_crowded_band_is_read_in_part_and_hides_no_near_duplicate(world: &World) {
    const DISCLOSURE: &str = "This account is automated; the harbour office of Little Bay runs it, \
        and whoever wants to say something to a person finds one behind the blue door.";
    declare(world, &["ada"]).await;
    let fog = queue(world, "ada", &format!("{FOG} {DISCLOSURE}"), None).await;
    let words = ["amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron", "islet"];
    let posts: Vec<_> = (0..3 * BAND_POSTS_MAX)
        .map(|n| {
            let pick = |place: u32| words[(n / 9_usize.pow(place)) % 9];
            let text = format!("{} {} {} {DISCLOSURE}", pick(0), pick(1), pick(2));
            new_post("ada", &text, None)
        })
        .collect();
    world.db.store_posts(&posts, start()).await.unwrap();
    let found = alike(world, &format!("{FOG_AGAIN} {DISCLOSURE}")).await;
    assert!(found.iter().any(|post| post.id == fog), "the oldest of all, and the likest");
    assert!(found.len() > 1, "the disclosure makes some share a band");
    assert!(found.len() <= COMPARED_MAX);
    assert!(found.windows(2).all(|pair| pair[0].id > pair[1].id), "newest first");
}

/// Among many posts chance gives some one band of a text, and hardly any two.
async fn of_the_posts_that_share_one_band_the_first_are_read_and_of_others_all(world: &World) {
    let number = |n: usize| format!("Lamp {n} of {}.", n * 7_919 % 1_000);
    declare(world, &["ada"]).await;
    let fog = queue(world, "ada", FOG, None).await;
    let mut posts = Vec::new();
    for n in 0..LOOSE_MAX + 30 {
        posts.push(queue(world, "ada", &number(n), None).await);
    }
    assert_eq!(alike(world, FOG_AGAIN).await.len(), 1);
    let bands = Shingles::of(FOG_AGAIN).bands();
    let give = async |post: i64, band: usize| {
        let kept = (i64::from(BANDS_VERSION) << 40) | (bands[band] & ((1 << 40) - 1));
        let row = format!("INSERT INTO post_bands (band, post_id) VALUES ({kept}, {post})");
        world.execute(&row).await;
    };
    for post in &posts {
        give(post.0, 0).await;
    }
    let found = alike(world, FOG_AGAIN).await;
    assert!(found.iter().any(|post| post.id == fog), "it shares the most");
    let newest = posts.iter().rev().take(LOOSE_MAX - 1);
    assert!(newest.eq(found.iter().map(|post| &post.id).filter(|id| **id != fog)), "{found:?}");

    for post in &posts[..LOOSE_MAX + 2] {
        give(post.0, 1).await;
    }
    let found = alike(world, FOG_AGAIN).await;
    let older = posts[..LOOSE_MAX + 2].iter().rev();
    assert!(older.eq(found.iter().map(|post| &post.id).filter(|id| **id != fog)), "{found:?}");
    assert_eq!(found.last().map(|post| post.id), Some(fog), "newest first");
}

async fn a_post_that_nobody_can_read_is_like_nothing(world: &World) {
    declare(world, &["ada"]).await;
    let broken = queue(world, "ada", FOG, None).await;
    let sound = queue(world, "ada", FOG_AGAIN, None).await;
    world.execute(&format!("UPDATE posts SET created_at = -1 WHERE id = {}", broken.0)).await;
    let found = alike(world, FOG).await;
    assert_eq!(found.iter().map(|post| post.id).collect::<Vec<_>>(), [sound]);
}

on_both! {
    a_post_of_any_bot_is_found_by_a_text_that_is_nearly_the_same,
    it_is_found_whatever_became_of_it,
    what_a_person_took_away_is_like_nothing,
    what_went_out_before_flockwork_is_found,
    posts_without_bands_get_them_step_by_step,
    a_crowded_band_is_read_in_part_and_hides_no_near_duplicate,
    of_the_posts_that_share_one_band_the_first_are_read_and_of_others_all,
    a_post_that_nobody_can_read_is_like_nothing,
}
