//! `flockwork migrate-store`: to PostgreSQL, with a PostgreSQL that the tests start.

use crate::place::Place;

/// The address of a new database, with a password that nobody may repeat.
fn server() -> String {
    let url = testkit::postgres::cluster().create_database();
    url.replace("postgres@", "postgres:canary@")
}

#[test]
fn everything_moves_to_a_server_and_the_file_is_closed() {
    let place = Place::new();
    assert_eq!(place.run(&["queue", "add", "Rain at nine."]).code, 0);
    let place = place.with("DATABASE_URL", server());
    let said = place.run(&["migrate-store", "sqlite:data/flockwork.db"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("the same on both sides"), "{said:?}");
    assert!(said.err.contains("reads its timeline"), "{said:?}");
    assert!(place.run(&["queue", "list"]).out.contains("Rain at nine."));

    let again = place.run(&["migrate-store", "sqlite:data/flockwork.db"]);
    assert_eq!(again.code, 73, "{again:?}");
    assert!(again.err.contains("is not empty: audit_log has rows"), "{again:?}");
    let marked = place.run(&["restore", "--mark-only"]);
    assert_eq!(marked.code, 0, "{marked:?}");
    assert!(marked.out.contains("marked as lost"), "{marked:?}");
    for said in [&said, &again, &marked] {
        assert!(!said.out.contains("canary") && !said.err.contains("canary"), "{said:?}");
    }

    let file = place.path("data/flockwork.db").display().to_string();
    let old = Place::new().with("DATABASE_PATH", file);
    for command in [&["stats"][..], &["serve"]] {
        let said = old.run(command);
        assert_eq!(said.code, 78, "{said:?}");
        assert!(said.err.contains("was moved to postgres://"), "{said:?}");
        assert!(said.err.contains("restore --mark-only"), "{said:?}");
    }
    assert_eq!(old.run(&["restore", "--mark-only"]).code, 0);
    assert!(old.run(&["queue", "list"]).out.contains("Rain at nine."));
}

#[test]
fn what_cannot_move_is_one_line_and_a_number() {
    let place = Place::new();
    for (args, code) in [
        (&["migrate-store", "sqlite:none.db", "postgres://x:canary@127.0.0.1:1/x"][..], 66),
        (&["migrate-store", "sqlite:a.db", "sqlite:b.db"], 64),
        (&["migrate-store", "sqlite:a.db"], 64),
        (&["migrate-store", "postgres://x:canary@127.0.0.1:1/x", "sqlite:new.db"], 68),
    ] {
        let said = place.run(args);
        assert_eq!(said.code, code, "{said:?}");
        assert!(said.err.starts_with("error: ") && !said.err.contains("canary"), "{said:?}");
    }
    assert!(!place.path("new.db").exists() && !place.path("b.db").exists());
}
