//! A node that has little memory keeps within it, and one that is killed for want of it is as any that
//! is killed (fault 8).

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use testkit::Proof;

use crate::harness::trial::eight;
use crate::harness::{Chance, Trial, moment, pause, until};

/// What a node of a few bots must do with; a build without optimisation needs the most.
const LIMIT_MIB: u64 = 160;
const SETTLED_SECS_MAX: u64 = 75;

/// A control group with a limit of memory; it is taken away when this is dropped.
struct Cage(PathBuf);

impl Cage {
    fn new() -> Self {
        let name = format!("flockwork-{}", std::process::id());
        let limit = (LIMIT_MIB * 1024 * 1024).to_string();
        // The second version of the interface, then the first.
        let roots =
            [("/sys/fs/cgroup", "memory.max"), ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")];
        for (root, file) in roots {
            let _ = std::fs::write(Path::new(root).join("cgroup.subtree_control"), "+memory");
            let folder = Path::new(root).join(&name);
            if std::fs::create_dir(&folder).is_ok() {
                // The kernel puts the file there; elsewhere it would only be one more file.
                let control = folder.join(file);
                if control.exists() && std::fs::write(&control, &limit).is_ok() {
                    return Self(folder);
                }
                let _ = std::fs::remove_dir(&folder);
            }
        }
        panic!(
            "no control group with a limit of memory can be made below /sys/fs/cgroup; run the tests \
             as root where that is allowed"
        );
    }

    /// The words that start a program inside, as the first to be killed.
    fn inside(&self) -> Vec<String> {
        let folder = self.0.display();
        let first = "echo 1000 > /proc/self/oom_score_adj";
        let enter = format!("echo $$ > {folder}/cgroup.procs; {first}; exec \"$@\"");
        ["/bin/sh", "-c", &enter, "sh"].map(str::to_owned).to_vec()
    }

    /// Something inside that takes more than there is.
    fn hog(&self) -> Child {
        let take = format!(
            "echo $$ > {}/cgroup.procs; \
             head -c {LIMIT_MIB}M /dev/zero | tail -c {LIMIT_MIB}M",
            self.0.display()
        );
        Command::new("/bin/sh")
            .args(["-c", &take])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell starts")
    }

    /// Kills whatever is inside; it belongs to this test.
    fn empty(&self) {
        let inside = std::fs::read_to_string(self.0.join("cgroup.procs")).unwrap_or_default();
        let mut kill = Command::new("kill");
        // Some end by themselves meanwhile.
        let _ = kill.arg("-KILL").args(inside.split_whitespace()).stderr(Stdio::null()).status();
    }
}

impl Drop for Cage {
    fn drop(&mut self) {
        for _ in 0..100 {
            self.empty();
            if std::fs::remove_dir(&self.0).is_ok() {
                return;
            }
            pause(Duration::from_millis(20));
        }
    }
}

#[test]
fn a_node_out_of_memory_is_as_one_that_was_killed() {
    let proof = Proof::of("out-of-memory", 20_261_133);
    let (kills, started) = (proof.count(3, 60), moment());
    let mut trial = Trial::new(eight(), "fast");
    trial.lose_answers();
    let cage = Cage::new();
    trial.home.through = cage.inside();
    let mut chance = Chance::of(proof.seed);
    // With nobody beside it, a node keeps within the limit.
    let node = trial.home.serve();
    let accepted = trial.sandbox.truth().len();
    until("thirty posts", 60, || (trial.sandbox.truth().len() > accepted + 30).then_some(()));
    node.stop();
    for _ in 0..kills {
        let mut node = trial.home.serve();
        pause(Duration::from_millis(chance.between(200, 1_200)));
        let mut hog = cage.hog();
        let ended = node.exit_within(30);
        // The hog may wait for memory that nobody can give.
        cage.empty();
        hog.wait().expect("it was started here");
        assert_eq!(ended.code(), None, "it was not killed:\n{}", node.log());
    }
    trial.home.through = Vec::new();
    let node = trial.home.serve();
    let settled_by = trial.settle(SETTLED_SECS_MAX);
    node.stop();
    let verdict = trial.verdict(settled_by);
    assert!(verdict.adopted() > 0, "nothing was looked for");
    proof.report(&[
        ("kills", &kills),
        ("limit_mib", &LIMIT_MIB),
        ("posts", &verdict.posts()),
        ("adopted", &verdict.adopted()),
        ("twice", &0),
        ("lost", &0),
        ("secs", &started.elapsed().as_secs()),
    ]);
}
