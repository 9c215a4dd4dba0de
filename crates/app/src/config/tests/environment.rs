//! The seed's variables.

use super::{Folder, KEYS, environment_only};
use crate::config::DatabaseLocation;
use crate::config::load::all_settings;
use crate::config::mode::AppEnv;
use crate::config::setting::Kind;

#[test]
fn the_seed_variables_alone_declare_a_bot_that_posts() {
    let variables =
        [&KEYS[..], &[("POSTING_SCHEDULE", "*/30 * * * * *"), ("TIMEZONE", "asia/tokyo")]];
    let config = environment_only(&variables.concat()).for_sending().unwrap();
    let bot = &config.bots[0].bot;
    assert_eq!(bot.id.as_str(), "template-bot");
    assert_eq!(bot.schedules[0].cron.as_str(), "*/30 * * * * *");
    assert_eq!(bot.schedules[0].zone_name(), "Asia/Tokyo");
    assert!(!bot.persona.topics.is_empty() && !bot.is_rehearsal);
    assert_eq!(config.bots[0].credentials.as_ref().unwrap().access_secret.open(), KEYS[3].1);
    assert_eq!(config.server.address.to_string(), "127.0.0.1:3000");
    assert!(
        matches!(&config.database, DatabaseLocation::Sqlite(path) if path == "./data/flockwork.db")
    );
}

#[test]
fn an_empty_value_is_no_value() {
    let variables = [("DRY_RUN", "true"), ("BOT_NAME", ""), ("HEALTH_CHECK_PORT", "  ")];
    let config = environment_only(&variables).for_sending().unwrap();
    assert_eq!(config.bots[0].bot.id.as_str(), "template-bot");
    assert!(config.bots[0].bot.is_rehearsal && config.bots[0].credentials.is_none());
}

type Variables = &'static [(&'static str, &'static str)];

/// A wrong value for every setting that can have one.
const WRONG: [(&str, &str); 82] = [
    ("APP_ENV", "prod"),
    ("DRY_RUN", "maybe"),
    ("DATABASE_PATH", ":memory:"),
    ("DATABASE_URL", "mysql://root:canary-pw@db/x"),
    ("HEALTH_CHECK_PORT", "eighty"),
    ("BIND_ADDRESS", "localhost:80"),
    ("FLOCKWORK_BACKUP_EVERY", "daily"),
    ("FLOCKWORK_BACKUP_DIR", "/dev/null"),
    ("FLOCKWORK_BACKUP_DAILY", "-1"),
    ("FLOCKWORK_BACKUP_WEEKLY", "often"),
    ("API_RATE_LIMIT", "-1"),
    ("FLOCKWORK_ALLOWED_HOSTS", "https://flock.example.org/"),
    ("FLOCKWORK_TRUSTED_PROXY", "10.0.0.1"),
    ("LOG_LEVEL", "loud"),
    ("LOG_FORMAT", "xml"),
    ("LOG_DIR", "/dev/null"),
    ("FLOCKWORK_LOG_FILES", "0"),
    ("FLOCKWORK_LOG_QUEUE", "8"),
    ("FLOCKWORK_LOG_FILE_MIB", "0"),
    ("FLOCKWORK_LOG_DAYS", "-1"),
    ("FLOCKWORK_LOG_COMPRESS", "xz"),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4317"),
    ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "grpc://collector"),
    ("OTEL_EXPORTER_OTLP_HEADERS", "canary-header"),
    ("OTEL_TRACES_SAMPLER", "sometimes"),
    ("OTEL_TRACES_SAMPLER_ARG", "10 %"),
    ("FLOCKWORK_ALERTS_REPEAT", "1s"),
    ("FLOCKWORK_ALERTS_DIGEST", "1 day"),
    ("FLOCKWORK_ALERTS_REACH", "everywhere"),
    ("FLOCKWORK_HEARTBEAT_EVERY", "1s"),
    ("FLOCKWORK_BACKUP_AFTER_TIMEOUT", "never"),
    ("FLOCKWORK_WORKERS", "0"),
    ("FLOCKWORK_SENDS_MAX", "many"),
    ("FLOCKWORK_READS_MAX", "1000"),
    ("FLOCKWORK_WRITES_MAX", "0"),
    ("FLOCKWORK_FEEDS_MAX", "0"),
    ("FLOCKWORK_DELIVERIES_MAX", "100"),
    ("FLOCKWORK_BLOCKING_MAX", "0"),
    ("FLOCKWORK_CONNECTIONS_MAX", "-1"),
    ("FLOCKWORK_LISTENERS_MAX", "0"),
    ("FLOCKWORK_CACHE_MS", "1s"),
    ("FLOCKWORK_BODY_KIB", "64k"),
    ("FLOCKWORK_DATABASE_CONNECTIONS", "0"),
    ("FLOCKWORK_DATABASE_READERS", "0"),
    ("FLOCKWORK_DATABASE_CACHE_MIB", "all"),
    ("FLOCKWORK_DISK_RESERVE_MB", "10 %"),
    ("TWITTER_API_BASE_URL", "api.x.com"),
    ("OPENAI_BASE_URL", "ftp://models"),
    ("FLOCKWORK_MODEL_FALLBACKS", "a, b, c, d, e, f, g, h, i"),
    ("FLOCKWORK_MODEL_LAST_RESORT", "haiku"),
    ("FLOCKWORK_MODEL_BULK", "often"),
    ("FLOCKWORK_MODEL_PRICE", "free"),
    ("FLOCKWORK_MODEL_TIMEOUT", "120"),
    ("FLOCKWORK_MODERATION_BASE_URL", "ftp://readers"),
    ("FLOCKWORK_MODERATION_REFUSED", "sexual/minors, all of it"),
    ("FLOCKWORK_MODERATION_GRAMMAR", "perhaps"),
    ("FLOCKWORK_MODERATION_TIMEOUT", "20"),
    ("FLOCKWORK_RECONCILE_PROFILE", "quick"),
    ("FEEDS_REACH", "everywhere"),
    ("DRAFTS_EXPIRE_AFTER", "a week"),
    ("FLOCKWORK_BUDGET_X_DAY", "five"),
    ("FLOCKWORK_BUDGET_X_MONTH", "-1"),
    ("FLOCKWORK_BUDGET_MODEL_DAY", "1,50"),
    ("FLOCKWORK_BUDGET_MODEL_MONTH", "1e3"),
    ("FLOCKWORK_BUDGET_APP_X_DAY", "0.0000001"),
    ("FLOCKWORK_BUDGET_APP_X_MONTH", "5 USD"),
    ("FLOCKWORK_BUDGET_APP_MODEL_DAY", "."),
    ("FLOCKWORK_BUDGET_APP_MODEL_MONTH", "€5"),
    ("FLOCKWORK_BUDGET_BOT_X_DAY", "unlimited"),
    ("FLOCKWORK_BUDGET_BOT_X_MONTH", "5."),
    ("FLOCKWORK_BUDGET_BOT_MODEL_DAY", ".5"),
    ("FLOCKWORK_BUDGET_BOT_MODEL_MONTH", "99999999999999"),
    ("FLOCKWORK_BOTS_DIR", "/nowhere/bots"),
    ("BOT_NAME", "my bot"),
    ("POSTING_SCHEDULE", "99 * * * *"),
    ("TIMEZONE", "Mars/Base"),
    ("BOT_MODE", "manual"),
    ("TWITTER_API_KEY", "key-canary-1"),
    ("TWITTER_API_KEY_FILE", "/nowhere"),
    ("TWITTER_ACCESS_TOKEN_SECRET", "hidden-canary-4"),
    ("OPENAI_API_KEY_FILE", "/nowhere/key"),
    ("FLOCKWORK_RECONCILE_PROFIL", "fast"),
];

/// One report names everything, in an order that a person can follow.
#[test]
fn every_variable_wrong_at_once_is_one_report() {
    let report = Folder::new("").report(&WRONG);
    for (name, _) in WRONG {
        assert!(report.contains(name), "{name} is not named in\n{report}");
    }
    assert!(!report.contains("canary"), "a secret is printed in\n{report}");
    insta::assert_snapshot!("every_variable_wrong", report);
}

/// The report above lacks no variable: this is the list of those that cannot be wrong by themselves.
#[test]
fn no_setting_is_missing_from_the_report_above() {
    let cannot_be_wrong = [
        "OPENAI_MODEL",
        "OPENAI_THRIFTY_MODEL",
        "FLOCKWORK_MODERATION_MODEL",
        "FLOCKWORK_CONFIG",
        "OTEL_SERVICE_NAME",
        "FLOCKWORK_BACKUP_AFTER",
    ];
    for setting in all_settings().filter(|s| s.kind != Kind::Secret) {
        let is_free =
            cannot_be_wrong.contains(&setting.variable) || setting.variable == "BOT_PERSONALITY";
        assert!(
            is_free || WRONG.iter().any(|(name, _)| *name == setting.variable),
            "{}",
            setting.variable
        );
    }
}

#[test]
fn every_default_parses_and_every_meaning_is_told() {
    // Reading an empty environment parses each default or panics.
    assert!(environment_only(&[("DRY_RUN", "true")]).problems().is_empty());
    for setting in all_settings() {
        assert!(!setting.meaning.is_empty(), "{}", setting.variable);
    }
}

#[test]
fn keys_are_all_or_none_and_none_only_for_rehearsals() {
    let cases: [(Variables, Option<&str>); 5] = [
        (&KEYS, None),
        (&[("DRY_RUN", "true")], None),
        (&[], Some("none of the four")),
        (&KEYS[..3], Some("`TWITTER_ACCESS_SECRET` not set")),
        (
            &[KEYS[2], ("DRY_RUN", "true")],
            Some("`TWITTER_API_KEY`, `TWITTER_API_SECRET` and `TWITTER_ACCESS_SECRET` not set"),
        ),
    ];
    for (variables, found) in cases {
        let loaded = environment_only(variables);
        let problems = loaded.problems().as_slice();
        assert_eq!(problems.first().map(|p| p.found.as_str()), found, "{variables:?}");
        assert!(loaded.for_looking().is_ok(), "looking needs no keys");
    }
}

#[test]
fn a_secret_that_is_given_and_wrong_is_one_problem() {
    let folder = Folder::new("").write("two-lines", "a\nb").write(
        "bots/ada.toml",
        "dry_run = false\n\
        personality_prompt = \"x\"\n[twitter]\naccess_token_file = \"nowhere\"\n",
    );
    let lines: &'static str = folder.path().join("two-lines").display().to_string().leak();
    for (name, path) in [
        ("TWITTER_API_KEY_FILE", "/nowhere"),
        ("TWITTER_API_KEY_FILE", lines),
        ("OPENAI_API_KEY_FILE", "/nowhere"),
    ] {
        let keys = if name.starts_with("TWITTER") { &KEYS[1..] } else { &KEYS[..] };
        let report = environment_only(&[keys, &[(name, path)]].concat()).problems().to_string();
        assert!(report.contains("has 1 problem.") && report.contains(name), "{report}");
    }
    let report = folder.report(&[KEYS[0], KEYS[1], ("TWITTER_ACCESS_SECRET__ADA", "s")]);
    assert!(report.contains("has 1 problem.") && report.contains("bots/nowhere`"), "{report}");
    let some = environment_only(&[KEYS[1], KEYS[2], ("TWITTER_API_KEY_FILE", "/nowhere")]);
    let report = some.problems().to_string();
    assert!(report.contains("has 2 problems."), "{report}");
    assert!(report.contains("found    `TWITTER_ACCESS_SECRET` not set"), "{report}");
}

#[test]
fn a_secret_may_come_from_a_file_and_only_from_one_place() {
    let folder = Folder::new("").write("token", "  from-a-file\n").write("empty", "\n");
    let path = folder.path().join("token").display().to_string();
    let empty = folder.path().join("empty").display().to_string();
    let with = |name: &'static str, path: &str| {
        let path: &'static str = path.to_owned().leak();
        [&KEYS[..3], &[(name, path)]].concat()
    };
    let config = folder.config(&with("TWITTER_ACCESS_SECRET_FILE", &path));
    let credentials = config.bots[0].credentials.as_ref().unwrap();
    assert_eq!(credentials.access_secret.open(), "from-a-file");
    assert!(folder.report(&with("TWITTER_ACCESS_SECRET_FILE", &empty)).contains("which is empty"));
    let both = [&KEYS[..], &[("TWITTER_API_KEY_FILE", path.leak())]].concat();
    assert!(folder.report(&both).contains("TWITTER_API_KEY and TWITTER_API_KEY_FILE are both set"));
}

#[test]
fn an_unknown_name_of_ours_is_refused_and_what_a_cluster_sets_is_not() {
    for name in ["FLOCKWORK_DRY_RUN", "FLOCKWORK_HEALTH_CHECK_PORT", "FLOCKWORK_API_TOKN"] {
        let loaded = environment_only(&[("DRY_RUN", "true"), (name, "1")]);
        let problem = &loaded.problems().as_slice()[0];
        assert_eq!(problem.place.to_string(), name);
        assert!(problem.mend.starts_with("did you mean"), "{}", problem.mend);
    }
    let links = [
        ("DRY_RUN", "true"),
        ("FLOCKWORK_PORT", "tcp://10.0.0.1:3000"),
        ("FLOCKWORK_PORT_3000_TCP_ADDR", "10.0.0.1"),
        ("FLOCKWORK_SERVICE_HOST", "10.0.0.1"),
        ("FLOCKWORK_CONFORMANCE", "/somewhere"),
    ];
    assert!(environment_only(&links).problems().is_empty());
    assert!(
        !environment_only(&[("DRY_RUN", "true"), ("FLOCKWORK_PORT", "80")]).problems().is_empty()
    );
}

#[test]
fn production_demands_strong_secrets_and_safe_addresses() {
    const TOKEN: (&str, &str) = ("FLOCKWORK_API_TOKEN", "0123456789abcdef0123456789abcdef");
    const PROXY: (&str, &str) = ("FLOCKWORK_TRUSTED_PROXY", "true");
    const OPEN: (&str, &str) = ("BIND_ADDRESS", "0.0.0.0");
    let base = [&KEYS[..], &[("NODE_ENV", "production")]].concat();
    let cases: [(Variables, Option<&str>); 9] = [
        (&[], None),
        (&[TOKEN], None),
        (&[("FLOCKWORK_API_TOKEN", "hunter2")], Some("FLOCKWORK_API_TOKEN")),
        (&[OPEN], Some("BIND_ADDRESS")),
        (&[OPEN, TOKEN], Some("BIND_ADDRESS")),
        (&[OPEN, TOKEN, PROXY], None),
        (&[("TWITTER_API_BASE_URL", "http://api.x.com")], Some("TWITTER_API_BASE_URL")),
        (
            &[("OPENAI_API_KEY", "k"), ("OPENAI_BASE_URL", "http://models.example.org/v1")],
            Some("OPENAI_BASE_URL"),
        ),
        (&[("FLOCKWORK_RECONCILE_PROFILE", "fast")], Some("FLOCKWORK_RECONCILE_PROFILE")),
    ];
    for (more, place) in cases {
        let loaded = environment_only(&[&base[..], more].concat());
        let found = loaded.problems().as_slice().first().map(|p| p.place.to_string());
        assert_eq!(found.as_deref(), place, "{more:?}");
    }
    assert_eq!(environment_only(&base).config().mode.app_env, AppEnv::Production);
    let stranger = [&KEYS[..], &[("NODE_ENV", "staging")]].concat();
    assert_eq!(environment_only(&stranger).config().mode.app_env, AppEnv::Development);
}

#[test]
fn the_fast_profiles_are_for_a_sandbox_on_this_machine_only() {
    for (base_url, is_taken) in [
        ("https://api.x.com", false),
        ("http://10.0.0.2:8787", false),
        ("http://127.0.0.1:8787", true),
        ("http://localhost:8787", true),
    ] {
        for profile in ["fast", "drill"] {
            let set =
                [("FLOCKWORK_RECONCILE_PROFILE", profile), ("TWITTER_API_BASE_URL", base_url)];
            let problems = environment_only(&[&KEYS[..], &set].concat()).problems().is_empty();
            assert_eq!(problems, is_taken, "{profile} with {base_url}");
        }
    }
}

#[test]
fn an_address_of_a_database_is_understood_or_refused_without_its_password() {
    let keys = |url| [&KEYS[..], &[("DATABASE_URL", url)]].concat();
    for (url, path) in [
        ("sqlite://a/b.db", "a/b.db"),
        ("sqlite:///a.db?mode=rwc", "/a.db"),
        ("sqlite:x.db", "x.db"),
    ] {
        let config = environment_only(&keys(url)).for_sending().unwrap();
        assert_eq!(config.database.place(), path);
    }
    let config = environment_only(&keys("postgres://u:pw@db/flock")).for_sending().unwrap();
    assert!(matches!(config.database, DatabaseLocation::Postgres(_)));
    for url in ["sqlite::memory:", "postgres://", "mysql://u:canary@h/d", "canary"] {
        let report = environment_only(&keys(url)).problems().to_string();
        assert!(report.contains("DATABASE_URL") && !report.contains("canary"), "{report}");
    }
}

#[test]
fn a_database_is_a_file_and_nothing_else() {
    for wrong in [":memory:", "file:x.db?mode=memory", "file:x.db", "postgres://u:canary@h/d"] {
        let report = Folder::new("").report(&[("DATABASE_PATH", wrong), ("DRY_RUN", "true")]);
        assert!(report.contains("DATABASE_PATH") && !report.contains("canary"), "{report}");
    }
    let keys = [&KEYS[..], &[("DATABASE_URL", "sqlite:file:x.db")]].concat();
    assert!(!environment_only(&keys).problems().is_empty());
}

#[test]
fn a_password_in_an_address_is_not_printed() {
    for name in ["TWITTER_API_BASE_URL", "OPENAI_BASE_URL"] {
        let variables = [("DRY_RUN", "true"), (name, "http://user:canary@host/")];
        let report = environment_only(&variables).problems().to_string();
        assert!(report.contains("`http://•••@host/`") && !report.contains("canary"), "{report}");
    }
    let loaded = environment_only(&[("DRY_RUN", "true"), ("LOG_DIR", "smb://user:canary@host/x")]);
    assert!(loaded.shown().iter().all(|shown| !shown.value.contains("canary")));
}

/// The writer's key is for the writer's server, and no other is shown it.
#[test]
fn a_moderation_endpoint_elsewhere_has_a_key_of_its_own() {
    let of = |variables: Variables| {
        let all: Vec<(&str, &str)> =
            [("DRY_RUN", "true")].into_iter().chain(variables.iter().copied()).collect();
        let loaded = environment_only(&all);
        assert!(loaded.problems().is_empty(), "{}", loaded.problems());
        let read = loaded.for_sending().unwrap().moderation;
        read.map(|one| (one.base_url, one.api_key.map(|key| key.open().to_owned())))
    };
    assert!(of(&[("OPENAI_API_KEY", "writer")]).is_none(), "off unless a model is named");
    let same = "https://api.openai.com/v1";
    for (variables, url, key) in [
        (&[("OPENAI_API_KEY", "writer")][..], same, Some("writer")),
        (
            &[("OPENAI_API_KEY", "writer"), ("FLOCKWORK_MODERATION_BASE_URL", same)],
            same,
            Some("writer"),
        ),
        (
            &[("OPENAI_API_KEY", "writer"), ("FLOCKWORK_MODERATION_API_KEY", "reader")],
            same,
            Some("reader"),
        ),
        (
            &[
                ("OPENAI_API_KEY", "writer"),
                ("FLOCKWORK_MODERATION_BASE_URL", "http://127.0.0.1:9/v1"),
            ],
            "http://127.0.0.1:9/v1",
            None,
        ),
    ] {
        let mut all = vec![("FLOCKWORK_MODERATION_MODEL", "omni-moderation-2024-09-26")];
        all.extend_from_slice(variables);
        let read = of(Vec::leak(all)).unwrap();
        assert_eq!((read.0.as_str(), read.1.as_deref()), (url, key), "{variables:?}");
    }
    let lacking = environment_only(&[("DRY_RUN", "true"), ("FLOCKWORK_MODERATION_MODEL", "m")]);
    let report = lacking.problems().to_string();
    assert!(report.contains("no key for its server"), "{report}");
    assert!(lacking.for_looking().is_ok(), "a look needs no key");
}
