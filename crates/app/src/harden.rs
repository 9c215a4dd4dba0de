//! Secrets stay in this process's memory: no core dump holds them, and no other process of the same
//! user may look into it. What it writes belongs to its user alone: the database holds hashes of passwords.

use rustix::fs::Mode;
use rustix::process::{
    DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit, umask,
};

/// Where the system refuses, a node runs all the same: this is the second line of defence.
pub fn keep_secrets() {
    umask(Mode::RWXG | Mode::RWXO);
    let no_core = Rlimit { current: Some(0), maximum: Some(0) };
    if let Err(error) = setrlimit(Resource::Core, no_core) {
        tracing::debug!(%error, "Core dumps could not be switched off");
    }
    if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
        tracing::debug!(%error, "Other processes may look into this one");
    }
}
