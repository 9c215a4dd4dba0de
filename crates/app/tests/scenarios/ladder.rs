//! The model is away, and posts keep going out.

use std::sync::Arc;

use domain::model::{GRAMMAR, QueueLimits};
use domain::ports::Node as _;
use domain::ports::store::PostStore as _;
use engine::{GrammarWriter, Ladder, RepairingWriter};
use sandbox::{FaultOrder, ModelFault, SandboxModel, SandboxSettings};
use testkit::schedule;

use crate::world::{World, bot};

fn model(fault: ModelFault, times: u32) -> FaultOrder {
    FaultOrder::Model { fault, times }
}

async fn world() -> World {
    World::written_by(SandboxSettings::default(), |x, clock| {
        let clock = Arc::new(clock.clone());
        let ladder = Ladder::new(clock.clone())
            .step("sandbox-1", Arc::new(SandboxModel::new(x.clone())))
            .last_resort(GRAMMAR, Arc::new(GrammarWriter));
        Arc::new(RepairingWriter::new(Arc::new(ladder), clock))
    })
    .await
}

#[tokio::test]
async fn a_day_without_a_model_is_no_day_without_posts() {
    let world = world().await;
    let mut ada = bot("ada");
    ada.schedules = vec![schedule("0 * * * *")];
    ada.queue = QueueLimits { low_water: 3, high_water: 6, batch: 6 };
    let id = ada.id.clone();
    world.given(ada, &[]).await;
    world.advance_to("2026-11-23T08:00:01Z").await;
    let by = async || -> Vec<String> {
        let queue = world.db.list_queue(&id, 100).await.unwrap();
        queue.into_iter().filter_map(|post| post.generation_model).collect()
    };
    assert!(by().await.iter().all(|model| model != GRAMMAR), "the model writes while it can");

    world.x.order(model(ModelFault::Close, u32::MAX));
    world.advance_to("2026-11-24T08:00:30Z").await;
    assert!(world.timeline("ada").len() >= 24, "{}", world.timeline("ada").len());
    assert!(by().await.iter().all(|model| model == GRAMMAR), "{:?}", by().await);
    let writers = world.engine.vitals().writers;
    let names: Vec<&str> = writers.iter().map(|writer| writer.name.as_str()).collect();
    assert_eq!(names, ["sandbox-1", GRAMMAR]);
    assert!(writers[0].seen.error.is_some() && writers[1].seen.error.is_none(), "{writers:?}");
    assert!(world.engine.vitals().model.error.is_some());

    world.x.clear_faults();
    world.advance_to("2026-11-24T14:00:30Z").await;
    assert!(by().await.iter().any(|model| model != GRAMMAR), "{:?}", by().await);
    assert_eq!(world.engine.vitals().model.error, None);
    world.finish().await;
}

#[tokio::test]
async fn what_is_too_long_is_written_anew() {
    let world = world().await;
    let mut ada = bot("ada");
    ada.queue = QueueLimits { low_water: 8, high_water: 8, batch: 8 };
    let id = ada.id.clone();
    world.x.order(model(ModelFault::TooLong, 1));
    world.given(ada, &[]).await;
    let refills = world.db.take_refills(world.now(), domain::model::Fence(1), 1).await.unwrap();
    let report = world.engine.refill(&refills[0]).await.unwrap();
    // Some of what was written anew may be like another of it.
    assert!(report.queued >= 6 && report.failed == 0, "{report:?}");
    assert_eq!(world.db.list_queue(&id, 100).await.unwrap().len() as u64, report.queued);
    world.finish().await;
}
