//! What stands where a file should be.

use std::os::unix::fs::symlink;

use super::{Folder, KEYS};

/// A pipe would be waited for without end, and `/dev/zero` read without end: a failure of this test is
/// that it does not come back.
#[test]
fn what_is_no_file_is_told_and_never_read() {
    let folder = Folder::new("dry_run = true").write("bots/ada.toml", "personality_prompt = \"x\"");
    let path = |name: &str| folder.path().join(name);
    let fifo = |name: &str| {
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, path(name), rustix::fs::FileType::Fifo, mode, 0)
            .unwrap();
    };
    fifo("bots/pipe.toml");
    fifo("secret");
    std::fs::create_dir(path("bots/folder.toml")).unwrap();
    symlink("/dev/zero", path("bots/zero.toml")).unwrap();
    symlink("nowhere", path("bots/lost.toml")).unwrap();
    symlink("loop.toml", path("bots/loop.toml")).unwrap();
    let secret = path("secret").display().to_string();
    let report = folder.report(&[
        ("TWITTER_API_KEY_FILE", &secret),
        ("OPENAI_API_KEY_FILE", "/dev/zero"),
        ("FLOCKWORK_API_TOKEN_FILE", "/"),
    ]);
    for found in [
        "bots/folder.toml\n  found    it is a folder",
        "bots/pipe.toml\n  found    it is not a regular file",
        "bots/zero.toml\n  found    it is not a regular file",
        "bots/lost.toml\n  found    No such file",
        "bots/loop.toml\n  found    Too many levels of symbolic links",
        "`secret`: it is not a regular file",
        "`/dev/zero`: it is not a regular file",
        "`/`: it is a folder",
    ] {
        assert!(report.contains(found), "{found} is not in\n{report}");
    }
}

#[test]
fn a_link_to_a_file_is_a_file_and_too_much_is_refused() {
    let folder = Folder::new("").write("token", KEYS[3].1).write("long", &"x".repeat(65 * 1024));
    symlink("token", folder.path().join("link")).unwrap();
    let with = |name: &str| {
        let path = folder.path().join(name).display().to_string();
        folder.report(&[&KEYS[..3], &[("TWITTER_ACCESS_SECRET_FILE", &path)]].concat())
    };
    assert!(!with("link").contains("found"), "{}", with("link"));
    assert!(with("long").contains("it is larger than 64 KiB"), "{}", with("long"));
}
