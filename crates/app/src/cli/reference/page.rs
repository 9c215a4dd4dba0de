//! `docs/reference.md`: the parts as a page of Markdown.

use std::fmt::Write as _;

use super::parts::Part;

const HEAD: &str = "\
# Reference

Everything that Flockwork tells of itself, and what it means.
This page is printed by `flockwork reference --markdown`; do not edit it by hand.

```sh
flockwork reference
flockwork reference alerts
flockwork reference metrics --format json
```

The first prints all of it, the others one part; with `--format json` each line is an object.
What can be set stands in [configuration.md](configuration.md).
";

/// The text of the page, with these parts.
pub fn page(parts: &[Part]) -> String {
    let mut text = HEAD.to_owned();
    for part in parts {
        write_part(&mut text, *part);
    }
    text
}

fn write_part(text: &mut String, part: Part) {
    let (about, more) = part.about();
    let heads: Vec<&str> = part.columns().iter().map(|column| column.head).collect();
    let _ = write!(text, "\n## {}\n\n{about}\nMore in [{more}]({more}).\n\n", part.title());
    let _ = writeln!(text, "| {} |\n|{}", heads.join(" | "), "---|".repeat(heads.len()));
    for row in part.rows() {
        let mut cells = row.iter().map(|cell| cell.replace('|', "\\|"));
        let name = cells.next().unwrap_or_default();
        let rest: Vec<String> = cells.collect();
        let _ = writeln!(text, "| `{name}` | {} |", rest.join(" | "));
    }
}
