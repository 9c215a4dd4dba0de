//! What was said before in slightly other words is found among all that there is, and not said again.

use std::sync::Arc;

use domain::model::{Fence, QueueLimits};
use domain::ports::store::{PostStore as _, ReadStore as _};
use engine::{Engine, Settings};
use sandbox::{ModelFault, SandboxModel, SandboxX};

use crate::world::{World, bot};

/// An engine of this world whose posts a model writes.
fn with_model(world: &World) -> Engine {
    Engine::new(
        Arc::new(world.db.clone()),
        Arc::new(SandboxX::new(world.x.clone())),
        Arc::new(SandboxModel::new(world.x.clone())),
        Arc::new(world.clock.clone()),
        Settings::new("writer"),
    )
}

#[tokio::test]
async fn a_model_that_rewords_its_old_posts_fills_no_queue_and_the_reason_is_told() {
    let world = World::new().await;
    let engine = with_model(&world);
    let mut ada = bot("ada");
    let id = ada.id.clone();
    for (water, is_repeated) in [(8, false), (16, true)] {
        ada.queue = QueueLimits { low_water: water, high_water: water, batch: 8 };
        world.given(ada.clone(), &[]).await;
        if is_repeated {
            world.x.next_model(ModelFault::Duplicates);
        }
        let refills = world.db.take_refills(world.now(), Fence(1), 10).await.unwrap();
        let report = engine.refill(&refills[0]).await.unwrap();
        let expected = if is_repeated { (0, 8) } else { (8, 0) };
        assert_eq!((report.queued, report.dropped), expected);
    }
    assert_eq!(world.db.list_queue(&id, 100).await.unwrap().len(), 8);
    let line = world.db.find_bot_line(&id).await.unwrap().unwrap();
    let (error, _) = line.last_error.expect("why nothing came");
    assert!(error.contains("all 8 candidates were refused, the first: is the same text as post"));
    world.finish().await;
}

#[tokio::test]
async fn posts_of_an_older_database_become_findable_while_the_node_runs() {
    let world = World::new().await;
    world.given(bot("ada"), &["The fog lifted at nine, and the ferry left at ten."]).await;
    world.execute("DELETE FROM post_bands; UPDATE posts SET bands_version = 0").await;
    let near = ["The fog lifted at nine, and the ferry left at two."];
    assert!(world.db.list_alike(&near).await.unwrap()[0].is_empty());
    world.engine.tick_janitor(world.now()).await.unwrap();
    assert_eq!(world.db.list_alike(&near).await.unwrap()[0].len(), 1);
    world.finish().await;
}
