//! Whose word an element is: the namespaces that feeds are made of.

/// More declarations at once are no feed.
const BOUND_MAX: usize = 200;

/// A vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space {
    /// RSS of every version; its later ones have no namespace.
    Rss,
    Atom,
    Rdf,
    /// The whole text of an RSS item.
    Content,
    /// Dublin Core, which dates items of RSS 1.0.
    Dublin,
    Other,
}

/// The declarations in force, the innermost last.
#[derive(Debug, Default)]
pub(super) struct Spaces {
    bound: Vec<(usize, String, Space)>,
}

impl Spaces {
    /// Takes the declarations of an element that stands `depth` deep; no where there are too many.
    pub(super) fn bind(&mut self, depth: usize, attributes: &[(String, String)]) -> bool {
        for (name, uri) in attributes {
            let prefix = if name == "xmlns" { Some("") } else { name.strip_prefix("xmlns:") };
            if let Some(prefix) = prefix {
                self.bound.push((depth, prefix.to_owned(), of_uri(uri.trim())));
            }
        }
        self.bound.len() <= BOUND_MAX
    }

    /// Forgets the declarations of elements that stand `depth` deep or deeper.
    pub(super) fn unbind(&mut self, depth: usize) {
        let kept = self.bound.iter().position(|(at, _, _)| *at >= depth);
        self.bound.truncate(kept.unwrap_or(self.bound.len()));
    }

    /// The vocabulary and the name within it of an element.
    pub(super) fn resolve<'a>(&self, name: &'a str) -> (Space, &'a str) {
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        let bound = self.bound.iter().rev().find(|(_, known, _)| known == prefix);
        (bound.map_or_else(|| by_custom(prefix), |(_, _, space)| *space), local)
    }
}

fn of_uri(uri: &str) -> Space {
    match uri {
        ""
        | "http://purl.org/rss/1.0/"
        | "http://my.netscape.com/rdf/simple/0.9/"
        | "http://channel.netscape.com/rdf/simple/0.9/"
        | "http://backend.userland.com/rss2"
        | "http://blogs.law.harvard.edu/tech/rss"
        | "http://backend.userland.com/RSS2" => Space::Rss,
        "http://www.w3.org/2005/Atom"
        | "https://www.w3.org/2005/Atom"
        | "http://purl.org/atom/ns#" => Space::Atom,
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#" => Space::Rdf,
        "http://purl.org/rss/1.0/modules/content/" => Space::Content,
        "http://purl.org/dc/elements/1.1/" | "http://purl.org/dc/terms/" => Space::Dublin,
        _ => Space::Other,
    }
}

/// Prefixes that are used as everybody uses them and were forgotten to be declared.
fn by_custom(prefix: &str) -> Space {
    match prefix {
        "" => Space::Rss,
        "atom" => Space::Atom,
        "rdf" => Space::Rdf,
        "content" => Space::Content,
        "dc" => Space::Dublin,
        _ => Space::Other,
    }
}
