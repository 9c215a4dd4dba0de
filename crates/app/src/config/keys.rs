//! The keys under which secrets are sealed: those of the database and those of its backups, which are
//! never the same.

use std::path::Path;

use domain::model::Secret;
use store::seal::Keyring;

use super::problem::{Place, Problems};
use super::setting::{Kind, Setting};
use super::sources::{Sought, Sources, read_lines};

/// What systemd puts credentials into.
const CREDENTIALS_DIRECTORY: &str = "CREDENTIALS_DIRECTORY";
/// The names of ours in there.
const MASTER_CREDENTIAL: &str = "flockwork.master_key";
const BACKUP_CREDENTIAL: &str = "flockwork.backup_key";

const MASTER_KEY: Setting = Setting {
    variable: "FLOCKWORK_MASTER_KEY",
    file: Some(("secrets", "master_key")),
    kind: Kind::Secret,
    default: None,
    meaning: "A file that holds the master key, under which the database seals credentials and second\n\
              factors; `flockwork key new` makes one. The first key of the file seals, those below it only\n\
              open. Left out, `flockwork.master_key` in CREDENTIALS_DIRECTORY (systemd) is taken, if it is there.",
    example: "/run/secrets/flockwork_master_key",
};

/// Stands with the other settings of backups.
pub(super) const BACKUP_KEY: Setting = Setting {
    variable: "FLOCKWORK_BACKUP_KEY",
    file: Some(("backup", "key")),
    kind: Kind::Secret,
    default: None,
    meaning: "A file that holds the key of backups, another one than the master key: with it each backup is\n\
              encrypted. `flockwork key new` makes one; older keys below the first go on to open. Left out,\n\
              `flockwork.backup_key` in CREDENTIALS_DIRECTORY (systemd) is taken, if it is there.",
    example: "/run/secrets/flockwork_backup_key",
};

pub(super) const SETTINGS: &[&Setting] = &[&MASTER_KEY];

/// The keys of this node; a ring is empty where nobody gave one.
#[derive(Clone, Default)]
pub struct Keys {
    /// What the database's secrets are sealed under.
    pub master: Keyring,
    /// What backups are encrypted under.
    pub backup: Keyring,
}

impl Keys {
    pub(super) fn read(sources: &mut Sources<'_>) -> Self {
        let master = ring(sources, &MASTER_KEY, MASTER_CREDENTIAL);
        let backup = ring(sources, &BACKUP_KEY, BACKUP_CREDENTIAL);
        if let (Some((master, _)), Some((backup, place))) = (&master, &backup)
            && backup.ids().any(|id| master.find(id).is_some())
        {
            sources.problems.add(
                place.clone(),
                "a key that is the master key, too",
                "a key of its own: who finds one of the two must not have both",
                "make another one with `flockwork key new`",
            );
        }
        let keys =
            |found: Option<(Keyring, Place)>| found.map_or_else(Keyring::default, |(k, _)| k);
        Self { master: keys(master), backup: keys(backup) }
    }
}

fn ring(
    sources: &mut Sources<'_>,
    setting: &'static Setting,
    credential: &str,
) -> Option<(Keyring, Place)> {
    let sought = match sources.seek_lines(setting) {
        Sought::Absent => of_systemd(sources, credential),
        sought => sought,
    };
    let Sought::Found(text, place) = sought else { return None };
    parse(&text, place, &mut sources.problems)
}

/// What the service manager hands over, where it does.
fn of_systemd(sources: &mut Sources<'_>, credential: &str) -> Sought {
    let Some(folder) = sources.environment.find(CREDENTIALS_DIRECTORY) else {
        return Sought::Absent;
    };
    let path = Path::new(folder).join(credential);
    if !path.exists() {
        return Sought::Absent;
    }
    let path = path.display().to_string();
    read_lines(&path, Place::Path(path.clone()), &mut sources.problems)
}

fn parse(text: &Secret, place: Place, problems: &mut Problems) -> Option<(Keyring, Place)> {
    match Keyring::parse(text.open()) {
        Ok(ring) => Some((ring, place)),
        Err(error) => {
            problems.add(
                place,
                format!("no key: {error}"),
                "keys as `flockwork key new` writes them, one a line, the one that seals first",
                "copy it again from where you keep it, or make one with `flockwork key new`",
            );
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use store::seal::SealKey;

    use super::super::environment::Environment;
    use super::*;

    fn read(variables: &[(&str, &str)]) -> (Keys, Vec<String>) {
        let environment: Environment = variables.iter().copied().collect();
        let mut sources = Sources::open(&environment, None, &[]);
        let keys = Keys::read(&mut sources);
        let problems = sources.problems.as_slice().iter();
        (keys, problems.map(|problem| format!("{}: {}", problem.place, problem.found)).collect())
    }

    fn key() -> String {
        SealKey::make().unwrap().text().open().to_owned()
    }

    #[test]
    fn a_key_comes_from_the_environment_a_file_or_the_service_manager() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(MASTER_CREDENTIAL);
        let (new, old) = (key(), key());
        std::fs::write(&path, format!("{new}\n{old}\n")).unwrap();
        let (path, folder) = (path.to_str().unwrap(), folder.path().to_str().unwrap());
        for (variables, count) in [
            (vec![], 0),
            (vec![("FLOCKWORK_MASTER_KEY", new.as_str())], 1),
            (vec![("FLOCKWORK_MASTER_KEY_FILE", path)], 2),
            (vec![(CREDENTIALS_DIRECTORY, folder)], 2),
            (vec![(CREDENTIALS_DIRECTORY, folder), ("FLOCKWORK_MASTER_KEY", &old)], 1),
        ] {
            let (keys, problems) = read(&variables);
            assert_eq!(problems, Vec::<String>::new());
            assert_eq!(keys.master.ids().count(), count);
            assert!(keys.backup.is_empty());
        }
    }

    #[test]
    fn what_is_no_key_is_told_without_being_shown() {
        let (new, other) = (key(), key());
        let (_, problems) = read(&[("FLOCKWORK_MASTER_KEY", "hunter2hunter2")]);
        assert_eq!(problems.len(), 1);
        assert!(problems[0].contains("FLOCKWORK_MASTER_KEY"), "{problems:?}");
        assert!(!problems[0].contains("hunter2"), "{problems:?}");
        let (_, problems) = read(&[("FLOCKWORK_MASTER_KEY", &new), ("FLOCKWORK_BACKUP_KEY", &new)]);
        assert!(problems[0].contains("is the master key, too"), "{problems:?}");
        let (keys, problems) =
            read(&[("FLOCKWORK_MASTER_KEY", &new), ("FLOCKWORK_BACKUP_KEY", &other)]);
        assert!(problems.is_empty() && !keys.backup.is_empty());
    }
}
