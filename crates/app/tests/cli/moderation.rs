//! The moderation endpoint, from outside.

use std::sync::{Arc, mpsc};

use sandbox::{FaultOrder, ModerationFault, World};

use crate::place::{Place, Said};

/// A sandbox on a thread of its own; it ends with the test's process.
struct Endpoint {
    world: Arc<World>,
    url: String,
}

fn endpoint() -> Endpoint {
    let clock = Arc::new(testkit::TestClock::at(testkit::at("2026-11-27T08:00:00Z")));
    let world = World::calm(clock);
    let (told, address) = mpsc::channel();
    let served = world.clone();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            told.send(listener.local_addr().unwrap()).unwrap();
            sandbox::http::serve(listener, served, std::future::pending()).await.unwrap();
        });
    });
    let url = format!("http://{}/v1", address.recv().unwrap());
    Endpoint { world, url }
}

fn place(endpoint: &Endpoint) -> Place {
    Place::new()
        .with("FLOCKWORK_MODERATION_MODEL", "omni-moderation-2024-09-26")
        .with("FLOCKWORK_MODERATION_BASE_URL", &endpoint.url)
        .with("FLOCKWORK_MODERATION_API_KEY", "sk-canary-12345678")
}

fn good(said: Said) -> Said {
    assert_eq!(said.code, 0, "{said:?}");
    assert!(!format!("{}{}", said.out, said.err).contains("canary"), "{said:?}");
    said
}

#[test]
fn lint_shows_what_the_endpoint_says() {
    let endpoint = endpoint();
    endpoint.world.flag("gull", "harassment");
    endpoint.world.flag("gull", "violence");
    let place = place(&endpoint);
    let lint = ["lint", "-", "--moderation", "--explain"];
    let said = place.run_with(&lint, "Rain at nine, sun at ten.\nGulls are the worst of all.\n");
    assert_eq!(said.code, 1);
    insta::assert_snapshot!("lint_flagged", said.out);
    assert_eq!(endpoint.world.moderation_questions(), 1, "one question for both");
    endpoint.world.next_moderation(ModerationFault::Missing);
    let said = place.run_with(&["lint", "-", "--moderation"], "Rain at nine, sun at ten.\n");
    assert_eq!(said.code, 1);
    insta::assert_snapshot!("lint_unseen", said.out);
    let said = Place::new().run_with(&lint, "Rain at nine.\n");
    assert_eq!(said.code, 64);
    assert!(said.err.contains("FLOCKWORK_MODERATION_MODEL"), "{said:?}");
}

#[test]
fn what_nobody_saw_waits_with_its_reason_and_a_person_can_say_yes() {
    let endpoint = endpoint();
    let place = place(&endpoint);
    let fault = ModerationFault::Status { status: 503 };
    endpoint.world.order(FaultOrder::Moderation { fault, times: u32::MAX });
    let said = good(place.run(&["queue", "add", "Rain at nine, sun at ten."]));
    assert!(said.out.contains("post 1 of template-bot waits for approval"), "{said:?}");
    let said = good(place.run(&["approvals", "list"]));
    assert!(said.out.contains("unmoderated"), "{said:?}");
    endpoint.world.clear_faults();
    let said = good(place.run(&["review", "explain", "1"]));
    let told: Vec<&str> = said.out.lines().filter(|line| line.contains("moderat")).collect();
    insta::assert_snapshot!("explain_held", told.join("\n"));
    let said = good(place.run(&["approvals", "approve", "1"]));
    assert!(said.out.contains("post 1"), "{said:?}");
    let said = good(place.run(&["approvals", "list"]));
    assert!(said.out.contains("Nothing waits"), "{said:?}");
}

#[test]
fn what_is_flagged_is_not_queued_unless_a_person_says_so() {
    let endpoint = endpoint();
    endpoint.world.flag("gull", "violence");
    endpoint.world.flag("tern", "sexual/minors");
    let place = place(&endpoint);
    let said = place.run(&["queue", "add", "Gulls are the worst of all."]);
    assert_eq!(said.code, 65);
    assert!(said.err.contains("flags it: violence"), "{said:?}");
    good(place.run(&["queue", "add", "--approve", "Gulls are the worst of all."]));
    let said = place.run(&["queue", "add", "--approve", "Terns came to the pier."]);
    assert_eq!(said.code, 65, "nobody can let that through: {said:?}");
    let file =
        "Fog since four in the morning.\nA gull took my sandwich.\nTen ships are in the bay.\n";
    place.write("posts.txt", file);
    let said = place.run(&["queue", "import", "posts.txt"]);
    assert_eq!(said.code, 65);
    assert!(said.out.contains("2 posts queued for template-bot, 1 rejected"), "{said:?}");
    let edit = ["approvals", "edit", "1", "Terns came to the pier at noon."];
    let said = place.run(&edit);
    assert_eq!(said.code, 65, "{said:?}");
    assert!(said.err.contains("sexual/minors"), "{said:?}");
}

#[test]
fn doctor_tries_the_endpoint() {
    let endpoint = endpoint();
    let place = place(&endpoint);
    let line = |said: &Said| {
        let lines = said.out.lines().skip_while(|line| !line.contains("moderation "));
        lines.take(2).collect::<Vec<_>>().join("\n")
    };
    let said = place.run(&["doctor"]);
    assert!(line(&said).contains("the endpoint answers"), "{said:?}");
    endpoint.world.next_moderation(ModerationFault::Unauthorized);
    let said = place.run(&["doctor"]);
    assert_eq!(said.code, 1);
    assert!(line(&said).contains("texts would wait for a person"), "{said:?}");
    assert!(!format!("{}{}", said.out, said.err).contains("canary"), "{said:?}");
}
