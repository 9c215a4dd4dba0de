//! Who is told, and what is wrong with that.

use clients::notify::{MailEncryption, Target};
use domain::model::{FeedReach, Severity, happening};
use jiff::SignedDuration;

use super::Folder;

const DRY: (&str, &str) = ("DRY_RUN", "true");

#[test]
fn nobody_is_told_unless_somebody_says_so() {
    let alerts = Folder::new("").config(&[DRY]).alerts;
    assert_eq!(alerts.targets().count(), 0);
    assert!(alerts.heartbeat.is_none());
    assert_eq!(alerts.reach, FeedReach::Https);
    assert_eq!((alerts.repeat.as_hours(), alerts.digest.as_secs()), (6, 60));
}

#[test]
fn every_kind_of_target_is_read_with_its_secrets_from_files_and_variables() {
    let folder = Folder::new(
        "[alerts]\nreach = \"private\"\nrepeat_every = \"1h\"\n\
         [[alerts.channel]]\nname = \"ops-1\"\nkind = \"slack\"\nat_least = \"critical\"\n\
         [[alerts.channel]]\nname = \"mail\"\nkind = \"smtp\"\nhost = \"localhost\"\ntls = \"none\"\n\
         user = \"flock\"\nfrom = \"Flockwork <flock@example.org>\"\nto = [\"you@example.org\"]\n\
         [[alerts.channel]]\nname = \"phone\"\nkind = \"ntfy\"\nurl = \"http://ntfy:8080/flock\"\n\
         [[webhook]]\nname = \"site\"\nurl = \"https://example.org/hook\"\nevents = [\"post.*\"]\n",
    )
    .write("mail-password", "canary-password\n");
    let password = folder.path().join("mail-password").display().to_string();
    let config = folder.config(&[
        DRY,
        ("FLOCKWORK_CHANNEL_URL__OPS_1", "https://hooks.slack.com/services/canary"),
        ("FLOCKWORK_CHANNEL_PASSWORD__MAIL_FILE", &password),
        ("FLOCKWORK_WEBHOOK_SECRET__SITE", "canary-secret-of-a-webhook"),
        ("FLOCKWORK_HEARTBEAT_URL", "https://hc-ping.com/canary"),
    ]);
    let alerts = config.alerts;
    let severities: Vec<Severity> =
        alerts.channels.iter().map(|(channel, _)| channel.at_least).collect();
    assert_eq!(severities, [Severity::Critical, Severity::Info, Severity::Info]);
    let Target::Slack { url } = &alerts.channels[0].1 else { panic!("slack") };
    assert!(url.open().ends_with("/canary"));
    let Target::Smtp(server) = &alerts.channels[1].1 else { panic!("smtp") };
    assert_eq!((server.port, server.encryption), (25, MailEncryption::None));
    assert_eq!(server.login.as_ref().unwrap().1.open(), "canary-password");
    let (hook, _) = &alerts.hooks[0];
    assert!(hook.wanted.has(happening("slot.posted").unwrap()));
    assert!(!hook.wanted.has(happening("bot.paused").unwrap()));
    assert_eq!(alerts.heartbeat.unwrap().1, SignedDuration::from_mins(5));
}

#[test]
fn every_mistake_is_told_at_once_and_no_secret_with_it() {
    let folder = Folder::new(
        "[alerts]\nrepeat_every = \"1s\"\n\
         [[alerts.channel]]\nname = \"Ops\"\nkind = \"slak\"\n\
         [[alerts.channel]]\nname = \"chat\"\nkind = \"discord\"\nurl = \"https://canary.example\"\n\
         [[alerts.channel]]\nname = \"chat\"\nkind = \"ntfy\"\nurl = \"http://10.0.0.1/canary\"\n\
         [[alerts.channel]]\nname = \"mail\"\nkind = \"smtp\"\nhost = \"mail.example.org\"\ntls = \"none\"\n\
         user = \"u\"\nfrom = \"nobody\"\nto = [\"a@b.example\", \"c\"]\n\
         [[webhook]]\nname = \"site\"\nurl = \"https://example.org/\"\nevents = [\"post.publishd\"]\n",
    );
    let report = folder.report(&[
        DRY,
        ("FLOCKWORK_CHANNEL_PASSWORD__MAIL", "canary-password"),
        ("FLOCKWORK_WEBHOOK_SECRET__SITE", "canary"),
        ("FLOCKWORK_WEBHOOK_SECRET__SIDE", "canary"),
    ]);
    for part in [
        "a length of time from 10m to 168h",
        "1 to 40 small letters, digits or dashes",
        "did you mean `slack`?",
        "`chat` without url",
        "secrets do not stand in this file: write url_file",
        "a second target named `chat`",
        "an address that cannot be used",
        "a password that would go unencrypted",
        "`nobody`",
        "`c`",
        "did you mean `post.published`?",
        "a secret that can be guessed",
        "FLOCKWORK_WEBHOOK_SECRET__SIDE",
    ] {
        assert!(report.contains(part), "{part}:\n{report}");
    }
    assert!(!report.contains("canary-password") && !report.contains("/canary"), "{report}");
}

#[test]
fn an_authority_of_a_mail_server_is_a_certificate_or_told() {
    let folder = Folder::new("")
        .write("key.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n")
        .write("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    for (file, found) in [
        ("key.pem", "without a certificate that can be used"),
        ("broken.pem", "without a certificate that can be used"),
        ("nowhere.pem", "No such file"),
    ] {
        let path = folder.path().join(file).display().to_string();
        let report = Folder::new(&format!(
            "[[alerts.channel]]\nname = \"mail\"\nkind = \"smtp\"\nhost = \"mail.example.org\"\n\
             ca_file = \"{path}\"\nfrom = \"a@b.example\"\nto = [\"a@b.example\"]\n"
        ))
        .report(&[DRY]);
        assert!(report.contains("has 1 problem.") && report.contains(found), "{report}");
        assert!(report.contains("flockwork.toml:5"), "{report}");
    }
}

#[test]
fn a_command_that_only_looks_needs_no_secrets_of_targets() {
    let folder = Folder::new("[[alerts.channel]]\nname = \"ops\"\nkind = \"slack\"\n");
    assert!(folder.load(&[DRY]).for_looking().is_ok());
    let Err(problems) = folder.load(&[DRY]).for_sending() else { panic!("it cannot tell") };
    assert!(problems.to_string().contains("FLOCKWORK_CHANNEL_URL__OPS"), "{problems}");
}
