//! What is measured, and how large.

use std::path::PathBuf;

/// A group of figures that one set-up yields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// From exec to the first healthy answer.
    Start,
    /// Memory and processor time of a node with nothing to do.
    Idle,
    /// `/health` under load.
    Health,
    /// Every bot due in the same second.
    Burst,
    /// A round of the engine with few and with many bots.
    Tick,
    /// The burst on one PostgreSQL with one, two and four nodes.
    Nodes,
    /// Whether a text is nearly a post that is there.
    Near,
    /// What an accepted post costs.
    Cost,
    /// What a page costs in a large house.
    Pages,
}

impl Name {
    const ALL: [Self; 9] = [
        Self::Start,
        Self::Idle,
        Self::Health,
        Self::Burst,
        Self::Tick,
        Self::Nodes,
        Self::Near,
        Self::Cost,
        Self::Pages,
    ];

    /// The word of the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Idle => "idle",
            Self::Health => "health",
            Self::Burst => "burst",
            Self::Tick => "tick",
            Self::Nodes => "nodes",
            Self::Near => "near",
            Self::Cost => "cost",
            Self::Pages => "pages",
        }
    }
}

/// The command line.
#[derive(Clone, Debug, Default)]
pub struct Options {
    only: Option<Name>,
    /// Smaller sizes; what they yield is no promise.
    pub is_quick: bool,
    /// The binary to measure, instead of the release build.
    pub binary: Option<PathBuf>,
    /// Posts of `near`, instead of a million.
    pub near_posts: Option<u64>,
    /// Where the tables of `near` stay for the next run, instead of being made for this one.
    pub near_kept: Option<PathBuf>,
}

impl Options {
    /// `None` where cargo runs this as a test: measuring is asked for, not a side effect.
    pub fn of_process() -> Result<Option<Self>, String> {
        let mut options = Self::default();
        let mut is_bench = false;
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            match word.as_str() {
                "--bench" => is_bench = true,
                "--quick" => options.is_quick = true,
                "--binary" => options.binary = words.next().map(PathBuf::from),
                "--near-posts" => {
                    let given = words.next().unwrap_or_default();
                    let posts = given.parse().ok().filter(|posts| (1_000..).contains(posts));
                    options.near_posts = Some(posts.ok_or_else(|| {
                        format!("`--near-posts {given}`: it is a number from 1000 on")
                    })?);
                }
                "--near-kept" => {
                    let folder = words.next().filter(|folder| !folder.is_empty());
                    let folder = folder.ok_or("`--near-kept`: it is followed by a folder")?;
                    options.near_kept = Some(PathBuf::from(folder));
                }
                "--only" => {
                    let given = words.next().unwrap_or_default();
                    let found = Name::ALL.into_iter().find(|name| name.as_str() == given);
                    options.only = Some(found.ok_or_else(|| {
                        format!(
                            "`--only {given}`: it is one of {}",
                            Name::ALL.map(Name::as_str).join(", ")
                        )
                    })?);
                }
                other => {
                    return Err(format!(
                        "`{other}` is not known; --only NAME, --quick, --near-posts N, \
                         --near-kept FOLDER and --binary PATH are"
                    ));
                }
            }
        }
        Ok(is_bench.then_some(options))
    }

    /// Whether anything of it runs the binary.
    pub fn needs_binary(&self) -> bool {
        self.names().iter().any(|name| !matches!(name, Name::Tick | Name::Near | Name::Cost))
    }

    /// What to measure, in order.
    pub fn names(&self) -> Vec<Name> {
        self.only.map_or_else(|| Name::ALL.to_vec(), |name| vec![name])
    }

    /// `full`, or `quick` where that was asked for.
    pub fn size<T>(&self, full: T, quick: T) -> T {
        if self.is_quick { quick } else { full }
    }
}
