//! `bots/NAME.toml`.

use std::time::Duration;

use domain::model::{Bot, LinkPolicy, ManagedBy, OnMiss, Policy, Topic};
use jiff::SignedDuration;

use super::{Folder, KEYS};

const APP: [(&str, &str); 2] = [KEYS[0], KEYS[1]];

#[test]
fn the_example_bot_is_read_whole() {
    let example = include_str!("../../../../../bots/lighthouse.example.toml");
    let folder = Folder::new("dry_run = true").write("bots/lighthouse.toml", example);
    let config = folder.config(&[]);
    let bot = &config.bots[0].bot;
    assert_eq!((bot.id.as_str(), bot.managed_by), ("lighthouse", ManagedBy::File));
    let topics: Vec<_> = bot.persona.topics.iter().map(|topic| topic.weight).collect();
    assert_eq!(topics, [3, 2, 2, 2, 1]);
    assert_eq!(bot.persona.topics[0].angles.len(), 3);
    assert_eq!(bot.persona.tone, "calm, dry");
    let [morning, evening] = &bot.schedules[..] else { panic!("two schedules") };
    assert_eq!((morning.name.as_str(), morning.zone_name()), ("morning", "Europe/Lisbon"));
    assert_eq!(morning.jitter_max, SignedDuration::from_mins(5));
    assert!(evening.quiet_hours.is_some() && morning.quiet_hours.is_none());
    assert_eq!((morning.topics.len(), evening.topics.len()), (0, 3));

    // With every line switched on it says the same: the comments tell the truth. The pattern stands
    // beside [[schedule]] there, which is refused, and the keys come from nowhere.
    let switched_on: String = example
        .lines()
        .filter(|line| {
            !line.starts_with("#schedule_cron") && !line.contains("_file") && !line.contains("_env")
        })
        .map(|line| {
            line.strip_prefix('#')
                .filter(|key| key.starts_with(|c: char| c.is_ascii_lowercase()))
                .unwrap_or(line)
        })
        .fold(String::new(), |text, line| text + line + "\n");
    let folder = Folder::new("dry_run = true")
        .write("bots/lighthouse.toml", &switched_on)
        .write("bots/lighthouse.json", r#"{"origin": "Fog."}"#);
    let switched_on = folder.config(&[]).bots[0].bot.clone();
    assert_eq!(switched_on.file.grammar.as_deref(), Some(r#"{"origin": "Fog."}"#));
    assert_eq!(&Bot { file: bot.file.clone(), ..switched_on }, bot);
}

/// Somebody copies them and starts: nothing in them may be wrong, and each shows all that a persona
/// can have. (That review lets their examples out is checked with every file.)
#[test]
fn every_example_bot_can_be_copied_as_it_is() {
    for (name, example) in [
        ("lighthouse", include_str!("../../../../../bots/lighthouse.example.toml")),
        ("transit", include_str!("../../../../../bots/transit.example.toml")),
        ("library", include_str!("../../../../../bots/library.example.toml")),
    ] {
        let folder = Folder::new("dry_run = true").write(&format!("bots/{name}.toml"), example);
        let config = folder.config(&[]);
        let bot = &config.bots[0].bot;
        let persona = &bot.persona;
        assert_eq!(bot.id.as_str(), name);
        assert!(persona.topics.len() >= 5 && persona.examples.len() >= 3, "{name}");
        assert!(!persona.formats.is_empty() && !persona.never_say.is_empty(), "{name}");
        assert!(persona.topics.iter().any(|topic| topic.weight > 1), "{name}");
        assert!(bot.schedules.iter().any(|schedule| !schedule.topics.is_empty()), "{name}");
        assert!(persona.policy.disclosure.is_some(), "{name}");
    }
}

/// A main file may lie among the secrets, as in a cluster; bots that stay elsewhere stay bots.
#[test]
fn a_folder_that_is_named_wins_over_the_one_beside_the_main_file() {
    let folder = Folder::new("dry_run = true")
        .write("bots/beside.toml", "personality_prompt = \"x\"")
        .write("elsewhere/ada.toml", "personality_prompt = \"x\"");
    let names = |dir: &str| -> Vec<String> {
        let dir = folder.path().join(dir).display().to_string();
        let config = folder.config(&[("FLOCKWORK_BOTS_DIR", &dir)]);
        config.bots.iter().map(|declared| declared.bot.id.to_string()).collect()
    };
    assert_eq!(names("elsewhere"), ["ada"]);
    assert_eq!(names("bots"), ["beside"]);
    std::os::unix::fs::symlink("nowhere", folder.path().join("lost")).unwrap();
    for (wrong, place) in [
        ("nowhere", "FLOCKWORK_BOTS_DIR\n"),
        ("lost", "FLOCKWORK_BOTS_DIR\n"),
        ("flockwork.toml", "flockwork.toml\n  found    Not a directory"),
    ] {
        let dir = folder.path().join(wrong).display().to_string();
        let report = folder.report(&[("FLOCKWORK_BOTS_DIR", &dir)]);
        assert!(report.contains("has 1 problem.") && report.contains(place), "{report}");
    }
}

#[test]
fn topics_are_names_or_tables_and_each_is_there_once() {
    let topics = |text: &str| {
        let file = format!("personality_prompt = \"Ada\"\n{text}");
        let folder = Folder::new("dry_run = true").write("bots/ada.toml", &file);
        folder.config(&[]).bots[0].bot.persona.topics.clone()
    };
    assert_eq!(topics("topics = [\"tea\", \"fog\", \"tea\"]"), ["tea".into(), "fog".into()]);
    let long = "[[topic]]\nname = \"tea\"\nweight = 3\nangles = [\"steam\"]\nformats = [\"a list\"]\n\
                [[topic]]\nname = \" fog \"\n";
    let tea = Topic {
        weight: 3,
        angles: vec!["steam".to_owned()],
        formats: vec!["a list".to_owned()],
        ..Topic::new("tea")
    };
    assert_eq!(topics(long), [tea, "fog".into()]);
    assert_eq!(topics("").len(), 8, "everyday things");
}

#[test]
fn every_mistake_in_a_persona_is_told() {
    let folder = Folder::new("dry_run = true").write(
        "bots/ada.toml",
        "personality_prompt = \"Ada\"\n\
         topics = [\"tea\"]\n\
         formats = \"a list\"\n\
         reading_level = \"plian\"\n\
         never_say = [\"\", 3]\n\
         examples = [\"The kettle is on.\", \"Buy at https://example.org now.\"]\n\
         example = []\n\
         [[topic]]\n\
         weight = 0\n\
         [[topic]]\n\
         name = \"fog\"\n\
         weight = 1.5\n\
         angle = [\"smell\"]\n\
         [[topic]]\n\
         name = \"fog\"\n\
         [[schedule]]\n\
         cron = \"0 0 30 2 *\"\n\
         topics = [\"fogg\", \"fog\"]\n\
         [review]\n\
         links = \"none\"\n",
    );
    let report = folder.report(&[]);
    for problem in [
        "has 14 problems",
        "bots/ada.toml:2:10\n  found    topics beside [[topic]]",
        "bots/ada.toml:3:11\n  found    the string `a list`",
        "bots/ada.toml:4:17\n  found    `plian`",
        "did you mean `plain`?",
        "bots/ada.toml:5:14\n",
        "bots/ada.toml:5:18\n  found    the number 3",
        "found    the example `Buy at https://example.org now.`: ",
        "did you mean `examples`?",
        "found    a [[topic]] without a name",
        "bots/ada.toml:9:10\n  found    `0`\n  allowed  a whole number from 1 to 100",
        "bots/ada.toml:12:10\n  found    the fraction `1.5`",
        "found    the unknown key `angle` in [topic]",
        "found    a second topic named `fog`",
        "bots/ada.toml:17:8\n  found    `0 0 30 2 *`, which never comes",
        "bots/ada.toml:18:11\n  found    the topic `fogg`",
        "did you mean `fog`?",
    ] {
        assert!(report.contains(problem), "{problem} is not in\n{report}");
    }
}

#[test]
fn the_seed_keys_make_one_schedule() {
    let folder = Folder::new("").write(
        "bots/ada.toml",
        "personality_prompt = \"You are Ada.\"\nschedule_cron = \"*/5 * * * *\"\ntimezone = \"Europe/Paris\"\nmax_length = 200\n",
    );
    let tokens = [("TWITTER_ACCESS_TOKEN__ADA", "t"), ("TWITTER_ACCESS_SECRET__ADA", "s")];
    let config = folder.config(&[&APP[..], &tokens].concat());
    let [declared] = &config.bots[..] else { panic!("one bot: files alone declare it") };
    assert_eq!(declared.bot.schedules[0].name, "main");
    assert_eq!(declared.bot.schedules[0].zone_name(), "Europe/Paris");
    assert_eq!(declared.bot.persona.policy.max_length, 200);
    assert_eq!(declared.credentials.as_ref().unwrap().api_key.open(), KEYS[0].1);
    assert_eq!(declared.bot.app.len(), 12, "a fingerprint, not the key");
}

#[test]
fn policies_are_read_into_domain_types() {
    let folder = Folder::new("dry_run = true").write(
        "bots/ada.toml",
        "personality_prompt = \"Ada\"\n[[schedule]]\ncron = \"@daily\"\non_miss = \"latest_only\"\n\
         catch_up_window = \"2h\"\ngap = \"skip\"\n[queue]\nlow_water = 30\n",
    );
    let bot = &folder.config(&[]).bots[0].bot;
    assert_eq!(bot.schedules[0].on_miss, OnMiss::LatestOnly);
    assert_eq!(bot.schedules[0].catch_up_window, SignedDuration::from_hours(2));
    assert!(bot.schedules[0].skips_gaps);
    assert_eq!((bot.queue.low_water, bot.queue.high_water), (30, 60), "high follows low");
}

#[test]
fn what_a_bot_may_write_is_read_from_its_file() {
    let folder = Folder::new("dry_run = true").write(
        "bots/ada.toml",
        "personality_prompt = \"Ada\"\nmax_length = 200\n[review]\nlanguages = [\"DE\", \"pt-br\"]\n\
         links = { hosts = [\"Example.org.\"] }\nmentions_allowed = [\"@ada\"]\nhashtags_max = 0\n\
         hashtags_allowed = [\"#fog\"]\nbanned_words = [\" casino \"]\ndisclosure = \"🤖\"\n",
    );
    let policy = &folder.config(&[]).bots[0].bot.persona.policy;
    let wanted = Policy {
        max_length: 200,
        languages: vec!["de".to_owned(), "pt-br".to_owned()],
        links: LinkPolicy::Hosts(vec!["example.org".to_owned()]),
        mentions_allowed: vec!["ada".to_owned()],
        hashtags_max: Some(0),
        hashtags_allowed: vec!["fog".to_owned()],
        banned_words: vec!["casino".to_owned()],
        disclosure: Some("🤖".to_owned()),
        ..Policy::default()
    };
    assert_eq!(policy, &wanted);
}

#[test]
fn every_mistake_in_a_review_policy_is_told() {
    let folder = Folder::new("dry_run = true").write(
        "bots/ada.toml",
        "personality_prompt = \"Ada\"\n[review]\nlanguages = [\"klingon\"]\nlinks = \"some\"\n\
         mentions_allowed = [\"a b\"]\nhashtags_max = -1\nhashtags_allowed = [\"two words\"]\n\
         cashtags_max = 2\nemoji_max = 51\nbanned_words = [\"\"]\ndisclosure = 3\nbaned = []\n",
    ).write(
        "bots/bob.toml",
        "personality_prompt = \"Bob\"\n[review]\nlinks = { hosts = [\"https://example.org/x\"] }\n",
    ).write(
        "bots/cleo.toml",
        "personality_prompt = \"Cleo\"\n[review.links]\nhosts = []\n",
    );
    insta::assert_snapshot!("every_mistake_in_a_review_policy", folder.report(&[]));
}

#[test]
fn every_mistake_in_a_bot_file_is_told_with_its_line_and_column() {
    let folder = Folder::new("").write(
        "bots/my bot.toml",
        "personality = \"x\"\n\
         topics = []\n\
         max_length = 281\n\
         timezone = \"Europe/Lisbon2\"\n\
         [[schedule]]\n\
         cron = \"0 0 30 2 *\"\n\
         [[schedule]]\n\
         name = \"a\"\n\
         cron = \"99 * * * *\"\n\
         quiet_hours = \"23:00\"\n\
         jitter = \"7h\"\n\
         on_miss = \"latest\"\n\
         qiet_hours = \"\"\n\
         [queue]\n\
         low_water = 9\n\
         high_water = 3\n\
         batch = 0\n\
         [twitter]\n\
         api_key = \"canary\"\n",
    );
    let report = folder.report(&APP);
    assert!(!report.contains("canary"), "{report}");
    insta::assert_snapshot!("every_mistake_in_a_bot_file", report);
}

#[test]
fn a_name_is_declared_once_over_all_places() {
    let bot = "personality_prompt = \"x\"\ndry_run = true\n";
    let folder = Folder::new("dry_run = true")
        .write("bots/a.toml", bot)
        .write("bots/b.toml", &format!("name = \"a\"\n{bot}"))
        .write("bots/template-bot.toml", bot)
        .write("bots/c.example.toml", "nonsense");
    let report = folder.report(&[("BOT_NAME", "template-bot")]);
    assert!(report.contains("the bot `a`, which"), "{report}");
    assert!(report.contains("the bot `template-bot`, which BOT_NAME declares already"), "{report}");
    assert!(!report.contains("example"), "{report}");
}

#[test]
fn secrets_of_a_bot_come_from_where_its_file_says() {
    let folder = Folder::new("")
        .write("bots/secrets/token", "from-file\n")
        .write(
            "bots/ada.toml",
            "personality_prompt = \"x\"\n[twitter]\naccess_token_file = \"secrets/token\"\naccess_secret_env = \"MY_SECRET\"\n",
        );
    let config = folder.config(&[&APP[..], &[("MY_SECRET", "from-env")]].concat());
    let credentials = config.bots[0].credentials.as_ref().unwrap();
    assert_eq!(credentials.access_token.open(), "from-file");
    assert_eq!(credentials.access_secret.open(), "from-env");
    let report = folder.report(&APP);
    assert!(report.contains("`MY_SECRET` not set"), "{report}");
}

#[test]
fn an_account_belongs_to_one_bot() {
    let bot = "personality_prompt = \"x\"\n";
    let both = Folder::new("").write("bots/a-b.toml", bot).write("bots/a_b.toml", bot);
    let keys = [("TWITTER_ACCESS_TOKEN__A_B", "canary"), ("TWITTER_ACCESS_SECRET__A_B", "s")];
    let keys = [&APP[..], &keys].concat();
    let report = both.report(&keys);
    for found in [
        "bots/a-b.toml\n  found    the bot `a-b` posts to the same X account as bot `a_b`",
        "bots/a_b.toml\n  found    the bot `a_b` posts to the same X account as bot `a-b`",
    ] {
        assert!(report.contains(found), "{report}");
    }
    assert!(!report.contains("canary") && report.contains("has 2 problems"), "{report}");
    assert!(both.load(&keys).for_looking().is_ok(), "looking sends nothing");
    let one = both.write("bots/a_b.toml", &format!("{bot}dry_run = true\n"));
    assert!(one.load(&keys).problems().is_empty(), "a rehearsal posts nowhere");
}

#[test]
fn a_bot_may_bring_its_own_grammar_and_every_mistake_of_it_is_told() {
    let bot = "personality_prompt = \"x\"\ngrammar = \"../words/ada.json\"\n";
    let folder = Folder::new("dry_run = true")
        .write("bots/ada.toml", bot)
        .write("bots/bob.toml", "personality_prompt = \"x\"\n");
    let report = folder.report(&[]);
    assert!(
        report.contains("bots/ada.toml:2:11\n  found    `../words/ada.json`: No such file"),
        "{report}"
    );

    let folder = folder.write("words/ada.json", r##"{"origin": ["#fog#", "#origin.loud#"]}"##);
    let folder = folder.write("bots/bob.toml", "personality_prompt = \"x\"\ntopics = []\n");
    let report = folder.report(&[]);
    assert!(report.contains("has 3 problems"), "{report}");
    for found in [
        "bots/../words/ada.json: origin[0]\n  found    `fog`, which no rule stands for",
        "bots/../words/ada.json: origin[1]\n  found    `loud`, which is no modifier",
        "bots/bob.toml",
    ] {
        assert!(report.contains(found), "{report}");
    }

    let folder = folder
        .write("words/ada.json", r#"{"origin": "Fog."}"#)
        .write("bots/bob.toml", "personality_prompt = \"x\"\n");
    let config = folder.config(&[]);
    let of_ada = config.bots[0].grammar.as_ref().unwrap();
    assert_eq!(of_ada.write_one("tea", 1).unwrap(), "Fog.");
    assert!(config.bots[1].grammar.is_none());
}

/// The target is a second for 10,000 files in a release build; this one is debug and shared.
#[test]
fn thousands_of_bots_are_read_in_seconds() {
    const BOTS: usize = 1_000;
    let folder = (0..BOTS).fold(Folder::new("dry_run = true"), |folder, i| {
        let text = format!("personality_prompt = \"bot {i}\"\nschedule_cron = \"{} 9 * * *\"\ntimezone = \"Europe/Paris\"\n", i % 60);
        folder.write(&format!("bots/bot-{i}.toml"), &text)
    });
    let clock = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    assert_eq!(folder.config(&[]).bots.len(), BOTS);
    let after = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let took = Duration::from_secs(u64::try_from(after.tv_sec - clock.tv_sec).unwrap());
    assert!(took < Duration::from_secs(10), "{took:?}");
}
