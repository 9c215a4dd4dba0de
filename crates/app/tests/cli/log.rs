//! What a node logs, and where to.

use crate::place::{Place, free_port, wait_until};

#[test]
fn a_folder_for_logs_gets_a_file_of_json_lines_without_secrets() {
    let place = Place::new()
        .with("HEALTH_CHECK_PORT", free_port().to_string())
        .with("LOG_DIR", "logs/deep")
        .with("LOG_LEVEL", "debug")
        .with("OPENAI_API_KEY", "canary-model")
        .with("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
        .with("FLOCKWORK_API_TOKEN", "canary-token");
    let node = place.start(&["serve"]);
    wait_until(|| place.run(&["health", "--probe", "live"]).code == 0);
    let log = || {
        let folder = std::fs::read_dir(place.path("logs/deep")).unwrap();
        let files: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
        assert_eq!(files.len(), 1, "one file a day");
        std::fs::read_to_string(&files[0]).unwrap()
    };
    wait_until(|| log().contains("bots declared: 1"));
    drop(node);
    let text = log();
    for line in text.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(line["timestamp"].is_string() && line["level"].is_string(), "{line}");
    }
    assert!(!text.contains("canary"), "{text}");
}

#[test]
fn a_folder_that_cannot_be_written_is_told_before_anything_starts() {
    let place = Place::new().with("HEALTH_CHECK_PORT", free_port().to_string());
    let said = place.with("LOG_DIR", "/proc/logs").run(&["serve"]);
    assert!(
        said.code != 0 && said.err.contains("LOG_DIR") && said.err.contains("/proc/logs"),
        "{said:?}"
    );
}
