//! Every way in which a database cannot be used: one clear line, a number of its own, and the file
//! stays as it was.

use crate::place::{Place, free_port, wait_until};

/// With a port that no other test has.
fn place() -> Place {
    Place::new().with("HEALTH_CHECK_PORT", free_port().to_string())
}

#[test]
fn a_path_that_cannot_be_written_is_73() {
    let place = place().with("DATABASE_PATH", "/proc/flockwork/x.db");
    for command in [&["queue", "add", "Rain at nine."][..], &["serve"]] {
        let said = place.run(command);
        assert_eq!(said.code, 73, "{said:?}");
        assert!(said.err.contains("/proc/flockwork"), "{said:?}");
    }
}

#[test]
fn what_is_about_a_database_creates_none_at_a_path_with_a_slip_in_it() {
    let place = place().with("DATABASE_PATH", "daat/flockwork.db");
    for command in [
        &["stats"][..],
        &["queue", "list"],
        &["queue", "list", "--bot", "ada"],
        &["queue", "remove", "1"],
        &["bot", "pause", "template-bot"],
        &["bot", "resume", "template-bot"],
        &["post", "now"],
    ] {
        let said = place.run(command);
        assert_eq!(said.code, 66, "{said:?}");
        let line = "error: there is no database at daat/flockwork.db; is DATABASE_PATH right?\n";
        assert!(said.err.starts_with(line) && said.err.contains("`flockwork serve`"), "{said:?}");
    }
    for command in [&["doctor"][..], &["check"], &["schedule", "explain"]] {
        assert_eq!(place.run(command).code, 0);
    }
    assert!(!place.path("daat").exists());
}

#[test]
fn a_database_of_another_program_is_65_and_stays_as_it_is() {
    let place = place().with("DATABASE_PATH", "old.db");
    let old = include_bytes!("data/template-bot.sqlite");
    place.write("old.db", old);
    for command in ["stats", "serve"] {
        let said = place.run(&[command]);
        assert_eq!(said.code, 65, "{said:?}");
        assert!(said.err.contains("another program") && said.err.contains("flockwork import"));
        assert_eq!(place.read("old.db"), old);
    }
}

#[test]
fn a_damaged_database_is_74_and_is_never_replaced() {
    let place = place().with("DATABASE_PATH", "x.db");
    assert_eq!(place.run(&["queue", "add", "Rain at nine."]).code, 0);
    let mut bytes = place.read("x.db");
    let middle = bytes.len() / 2;
    bytes[4096..middle].fill(0xA5);
    for damaged in [bytes, b"this never was a database".repeat(20).clone()] {
        place.write("x.db", &damaged);
        for command in ["stats", "serve"] {
            let said = place.run(&[command]);
            assert_eq!(said.code, 74, "{said:?}");
            assert!(said.err.contains("damaged") && said.err.contains("restore a backup"));
        }
        assert_eq!(place.read("x.db"), damaged);
    }
}

/// The file has our mark and a migration that no program of today knows.
#[test]
fn a_database_of_a_newer_version_is_76_and_stays_as_it_is() {
    let place = place().with("DATABASE_PATH", "x.db");
    place.write("x.db", include_bytes!("data/newer.sqlite"));
    for command in ["stats", "serve"] {
        let said = place.run(&[command]);
        assert_eq!(said.code, 76, "{said:?}");
        assert!(said.err.contains("newer Flockwork") && said.err.contains("9999"), "{said:?}");
    }
}

#[test]
fn a_server_that_is_not_there_is_68_and_its_password_is_not_told() {
    let url = format!("postgres://flock:canary@127.0.0.1:{}/flock", free_port());
    let said = Place::new().with("DATABASE_URL", url).run(&["stats"]);
    assert_eq!(said.code, 68, "{said:?}");
    assert!(!said.err.contains("canary"), "{said:?}");
}

#[test]
fn a_port_in_use_is_69() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let said = Place::new().with("HEALTH_CHECK_PORT", port.to_string()).run(&["serve"]);
    assert_eq!(said.code, 69, "{said:?}");
    assert!(said.err.contains(&port.to_string()) && said.err.contains("hint:"), "{said:?}");
}

/// Every address of 192.0.2.0/24 is for documents, so no machine has one.
#[test]
fn an_address_that_is_not_this_machine_s_is_told_by_its_setting() {
    let said = place().with("BIND_ADDRESS", "192.0.2.1").run(&["serve"]);
    assert_eq!(said.code, 69, "{said:?}");
    assert!(said.err.contains("this machine has no address 192.0.2.1"), "{said:?}");
    assert!(said.err.contains("hint: set BIND_ADDRESS"), "{said:?}");
    assert!(!said.err.contains("another port"), "{said:?}");
}

#[test]
fn a_second_process_on_one_file_is_75_and_tools_work_beside_the_first() {
    let port = free_port();
    let place = Place::new().with("HEALTH_CHECK_PORT", port.to_string());
    let first = place.start(&["serve"]);
    wait_until(|| place.run(&["health", "--probe", "live"]).code == 0);
    let other = free_port().to_string();
    let path = place.path("data/flockwork.db").display().to_string();
    let second = Place::new().with("DATABASE_PATH", path).with("HEALTH_CHECK_PORT", other);
    let said = second.run(&["serve"]);
    assert_eq!(said.code, 75, "{said:?}");
    assert!(said.err.contains("in use by another Flockwork process"), "{said:?}");
    assert_eq!(place.run(&["queue", "add", "Typed beside the running node."]).code, 0);
    assert_eq!(place.run(&["health", "--probe", "ready"]).code, 0);
    drop(first);
}
