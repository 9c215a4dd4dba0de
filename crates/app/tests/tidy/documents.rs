//! Documents name only what is there.

use crate::finding::{Finding, demand};
use crate::tree::{self, File};

/// Documents that a newcomer reads.
pub(crate) const DOCUMENTS: [&str; 28] = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "docs/access.md",
    "docs/alerts.md",
    "docs/api.md",
    "docs/approvals.md",
    "docs/architecture.md",
    "docs/backup.md",
    "docs/configuration.md",
    "docs/costs.md",
    "docs/deployment.md",
    "docs/feeds.md",
    "docs/first-bot.md",
    "docs/install.md",
    "docs/logs-and-traces.md",
    "docs/monitoring.md",
    "docs/personas.md",
    "docs/proof.md",
    "docs/reference.md",
    "docs/review.md",
    "docs/scaling.md",
    "docs/security.md",
    "docs/troubleshooting.md",
    "docs/upgrade.md",
    "docs/secrets.md",
];

/// Those that tell where things lie in this repository.
const MAPS: [&str; 2] = ["ARCHITECTURE.md", "CONTRIBUTING.md"];

/// What a path in backticks may end in when no slash tells that it is one.
const ENDINGS: [&str; 7] = [".rs", ".toml", ".sql", ".md", ".html", ".css", ".yml"];

#[test]
fn paths_in_the_maps_exist() {
    let paths = tree::paths();
    let findings: Vec<Finding> =
        MAPS.iter().flat_map(|map| lost_paths(&tree::read(map), &paths)).collect();
    demand(
        "a path in backticks is a file or folder of this repository, or the end of its path",
        "correct the document: a map that lies is worse than none",
        &findings,
    );
}

#[test]
fn links_lead_somewhere() {
    let paths = tree::paths();
    let findings: Vec<Finding> =
        DOCUMENTS.iter().flat_map(|name| lost_links(&tree::read(name), &paths)).collect();
    demand("a link between documents leads to a file", "correct the link", &findings);
}

#[test]
fn the_licence_is_the_one_that_the_crates_name() {
    let licence = tree::read("LICENSE").text;
    assert!(licence.contains("Apache License") && licence.contains("Version 2.0, January 2004"));
    assert!(tree::read("Cargo.toml").text.contains("license = \"Apache-2.0\""));
}

#[test]
fn planted_faults_are_found() {
    let paths: Vec<String> = [
        "crates/a",
        "crates/a/src",
        "crates/a/src/one.rs",
        "crates/a/migrations/x",
        "crates/a/migrations/y",
        "test",
        "README.md",
    ]
    .map(str::to_owned)
    .to_vec();
    let text = "`one.rs` `a/src/one` `a/migrations/{x,y}` `src/*.rs` `GET /a/b` `/livez` `Bot` `crates/a/`\n\
                `two.rs`\n`a/migrations/{x,z}` `none/*.rs`\n```sh\n./lost/here\n```\n\
                ```\n a/one → a/four → some.thing\n```\n";
    let places = |findings: Vec<Finding>| -> Vec<String> {
        findings.into_iter().map(|finding| format!("{} {}", finding.place, finding.found)).collect()
    };
    assert_eq!(
        places(lost_paths(&File::planted("A.md", text), &paths)),
        ["A.md:2 `two.rs`", "A.md:3 `a/migrations/z`", "A.md:3 `none/`", "A.md:8 `a/four`"]
    );
    let links = "[a](README.md#x) [b](https://x.example/y) [c](#here) [d](LOST.md)";
    assert_eq!(places(lost_links(&File::planted("A.md", links), &paths)), ["A.md:1 LOST.md"]);
    let pictures = "<img src=\"README.md\">\n<source srcset=\"b.webp\">";
    assert_eq!(places(lost_links(&File::planted("A.md", pictures), &paths)), ["A.md:2 b.webp"]);
    let links = File::planted("docs/A.md", "[a](../README.md) [b](README.md)");
    assert_eq!(places(lost_links(&links, &paths)), ["docs/A.md:1 README.md"]);
}

fn lost_paths(document: &File, paths: &[String]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, named) in named_paths(&document.text) {
        for path in alternatives(named).iter().map(|path| before_the_star(path)) {
            if !exists(path, paths) {
                findings.push(Finding::at(&document.path, index, format!("`{path}`")));
            }
        }
    }
    findings
}

/// Every path that a text names, with its line from 0: in backticks, and in drawings.
fn named_paths(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (index, line, block) in lines(text) {
        let words: Vec<&str> = match block {
            None => line.split('`').skip(1).step_by(2).collect(),
            Some("") => line.split_whitespace().filter(|word| word.contains('/')).collect(),
            Some(_) => Vec::new(),
        };
        let paths = words.into_iter().filter(|word| looks_like_a_path(word));
        found.extend(paths.map(|path| (index, path)));
    }
    found
}

/// The lines of a document, with their numbers from 0 and the language of the fenced block that they
/// stand in; a drawing has the language "".
fn lines(text: &str) -> impl Iterator<Item = (usize, &str, Option<&str>)> {
    let mut block = None;
    text.lines().enumerate().filter_map(move |(index, line)| {
        match (line.trim_start().strip_prefix("```"), block) {
            (Some(language), None) => block = Some(language),
            (Some(_), Some(_)) => block = None,
            (None, _) => return Some((index, line, block)),
        }
        None
    })
}

fn looks_like_a_path(quoted: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./{},*".contains(c);
    let is_path = quoted.contains('/') || ENDINGS.iter().any(|ending| quoted.ends_with(ending));
    is_path && quoted.chars().all(is_plain) && !quoted.starts_with('/')
}

/// `a/{x,y}/b` is `a/x/b` and `a/y/b`.
fn alternatives(path: &str) -> Vec<String> {
    let Some((before, (inside, after))) =
        path.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
    else {
        return vec![path.to_owned()];
    };
    inside.split(',').map(|one| format!("{before}{one}{after}")).collect()
}

/// The folder that a pattern looks into.
fn before_the_star(path: &str) -> &str {
    match path.find('*') {
        Some(star) => &path[..path[..star].rfind('/').map_or(0, |slash| slash + 1)],
        None => path,
    }
}

/// Whether `path` is the end of one of `paths`, or of one without `.rs` or its crate's `src`.
fn exists(path: &str, paths: &[String]) -> bool {
    let wanted = format!("/{}", path.trim_start_matches("./").trim_end_matches('/'));
    wanted == "/"
        || paths.iter().any(|whole| {
            let whole = format!("/{whole}");
            let short = whole.replacen("/src/", "/", 1);
            [whole.as_str(), short.as_str()].into_iter().any(|known| {
                known.ends_with(&wanted)
                    || known.strip_suffix(".rs").is_some_and(|known| known.ends_with(&wanted))
            })
        })
}

/// A link is seen from the folder of its document.
fn from_root(document: &str, link: &str) -> String {
    let mut folders: Vec<&str> = document.split('/').collect();
    folders.pop();
    for step in link.split('/') {
        match step {
            ".." => drop(folders.pop()),
            step => folders.push(step),
        }
    }
    folders.join("/")
}

fn lost_links(document: &File, paths: &[String]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, line, _) in lines(&document.text).filter(|(_, _, block)| block.is_none()) {
        let links = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let pictures =
            ["src=\"", "srcset=\""].into_iter().flat_map(|name| line.split(name).skip(1));
        let pictures = pictures.filter_map(|rest| rest.split('"').next());
        for target in links.chain(pictures) {
            let file = target.split('#').next().unwrap_or_default().trim_end_matches('/');
            let is_elsewhere =
                file.is_empty() || file.contains("://") || file.starts_with("mailto:");
            let file = from_root(&document.path, file);
            if !is_elsewhere && !paths.contains(&file) {
                findings.push(Finding::at(&document.path, index, target));
            }
        }
    }
    findings
}
