//! The files of the repository, as they lie there.

use std::path::{Path, PathBuf};

/// What a build or a run leaves behind.
const NOT_OURS: [&str; 5] = ["target", ".git", "data", "logs", "screenshots"];

/// What a package manager puts below any folder.
const INSTALLED: &str = "node_modules";

/// A text file.
pub(crate) struct File {
    /// From the root of the repository, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    /// One that is made up, for proving a rule.
    pub(crate) fn planted(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// Whether it belongs to what is shipped, and not to tests of any kind.
    pub(crate) fn is_production(&self) -> bool {
        let parts: Vec<&str> = self.path.split('/').collect();
        parts.get(2) == Some(&"src")
            && !parts.iter().any(|part| matches!(*part, "tests" | "tests.rs"))
    }
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("this crate lies two folders below the root").to_owned()
}

/// Every file and folder below the root, by path.
pub(crate) fn paths() -> Vec<String> {
    let mut found = Vec::new();
    walk(&root(), &mut found);
    found.sort();
    found
}

/// The files whose names end in `.extension`, below the folder `under`.
pub(crate) fn files(under: &str, extension: &str) -> Vec<File> {
    let (folder, ending) = (format!("{under}/"), format!(".{extension}"));
    let wanted = |path: &String| path.starts_with(&folder) && path.ends_with(&ending);
    let files: Vec<File> = paths().into_iter().filter(wanted).map(|path| read(&path)).collect();
    assert!(!files.is_empty(), "no {ending} file below {folder}: the rule would hold for nothing");
    files
}

/// The file at `path`.
pub(crate) fn read(path: &str) -> File {
    let text = std::fs::read_to_string(root().join(path))
        .unwrap_or_else(|error| panic!("{path} cannot be read: {error}"));
    File { path: path.to_owned(), text }
}

fn walk(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let is_left_behind = NOT_OURS.contains(&name.as_str()) && path.parent() == Some(&root());
        if is_left_behind || name == INSTALLED {
            continue;
        }
        found.push(path.strip_prefix(root()).unwrap().to_string_lossy().into_owned());
        if path.is_dir() {
            walk(&path, found);
        }
    }
}
