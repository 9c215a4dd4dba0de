//! Posts in five languages that nobody has to write: words of each language's syllables, some common
//! and most rare as in life, between the little words that hold real sentences together.

use domain::rules::review::Shingles;

/// Words of a language.
const WORDS: u64 = 6_000;

/// What a language is made of.
struct Language {
    syllables: [&'static str; 24],
    little: [&'static str; 16],
    /// Between two words.
    gap: &'static str,
}

const LANGUAGES: [Language; 5] = [
    Language {
        syllables: [
            "light", "har", "ter", "sto", "ing", "wind", "mar", "ness", "tle", "bro", "ken",
            "ship", "ver", "ly", "and", "cor", "est", "fol", "gate", "pen", "row", "sea", "ton",
            "wat",
        ],
        little: [
            "the", "of", "and", "a", "in", "to", "was", "with", "for", "on", "that", "it", "by",
            "from", "as", "this",
        ],
        gap: " ",
    },
    Language {
        syllables: [
            "wet",
            "ter",
            "schiff",
            "ung",
            "hafen",
            "stein",
            "lich",
            "ge",
            "ver",
            "mor",
            "gen",
            "tag",
            "berg",
            "see",
            "mann",
            "keit",
            "wald",
            "br\u{fc}ck",
            "stra\u{df}",
            "en",
            "haus",
            "wein",
            "licht",
            "grau",
        ],
        little: [
            "der", "die", "und", "in", "den", "von", "zu", "das", "mit", "sich", "des", "auf",
            "ist", "im", "dem", "nicht",
        ],
        gap: " ",
    },
    Language {
        syllables: [
            "mer",
            "lu",
            "mi\u{e8}",
            "re",
            "vent",
            "port",
            "eau",
            "pho",
            "tion",
            "che",
            "mar",
            "ville",
            "bou",
            "lan",
            "ger",
            "soir",
            "\u{e9}t\u{e9}",
            "ment",
            "pluie",
            "fleu",
            "ve",
            "quai",
            "jour",
            "n\u{e9}e",
        ],
        little: [
            "le", "la", "de", "et", "les", "des", "en", "un", "une", "du", "que", "est", "pour",
            "qui", "dans", "sur",
        ],
        gap: " ",
    },
    Language {
        syllables: [
            "mar",
            "vien",
            "to",
            "puer",
            "ci\u{f3}n",
            "luz",
            "bar",
            "co",
            "lle",
            "no",
            "che",
            "sol",
            "pla",
            "ya",
            "mon",
            "ta\u{f1}a",
            "rio",
            "dad",
            "cal",
            "pes",
            "ca",
            "dor",
            "ven",
            "tana",
        ],
        little: [
            "el", "la", "de", "que", "y", "en", "los", "se", "del", "las", "un", "por", "con",
            "una", "su", "para",
        ],
        gap: " ",
    },
    Language {
        syllables: [
            "\u{6d77}", "\u{98a8}", "\u{6e2f}", "\u{5149}", "\u{96e8}", "\u{591c}", "\u{671d}",
            "\u{8239}", "\u{5cf6}", "\u{6ce2}", "\u{7a7a}", "\u{96f2}", "\u{9053}", "\u{753a}",
            "\u{99c5}", "\u{6625}", "\u{79cb}", "\u{51ac}", "\u{82b1}", "\u{9ce5}", "\u{9b5a}",
            "\u{706f}", "\u{53f0}", "\u{5ddd}",
        ],
        little: [
            "\u{306e}",
            "\u{306b}",
            "\u{306f}",
            "\u{3092}",
            "\u{304c}",
            "\u{3067}",
            "\u{3068}",
            "\u{3082}",
            "\u{304b}\u{3089}",
            "\u{307e}\u{3067}",
            "\u{306a}",
            "\u{306e}\u{3067}",
            "\u{3044}\u{308b}",
            "\u{3057}\u{305f}",
            "\u{3042}\u{308b}",
            "\u{3088}\u{3046}",
        ],
        gap: "",
    },
];

/// Numbers without end, the same for the same seed.
pub struct Chance(u64);

impl Chance {
    /// Of the text of that number, in that series.
    pub fn of(series: u64, number: u64) -> Self {
        Self(mixed(series.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ mixed(number)))
    }

    /// The next one below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        usize::try_from(mixed(self.0) % bound as u64).unwrap_or_default()
    }
}

/// The finalizer of `SplitMix64`.
fn mixed(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

impl Language {
    /// The language of the text of that number.
    fn of(number: u64) -> &'static Self {
        &LANGUAGES[usize::try_from(number % LANGUAGES.len() as u64).unwrap_or_default()]
    }

    /// A word: rank `r` comes about as often as `1 / r`, so some are common and most are rare.
    fn word(&self, chance: &mut Chance) -> String {
        let mut span = 7;
        while span < WORDS && chance.below(8) != 0 {
            span = span * 2 + 1;
        }
        let rank = chance.below(usize::try_from(span.min(WORDS)).unwrap_or(1));
        let mut shape = Chance::of(1, rank as u64);
        let count = 2 + shape.below(2);
        (0..count).map(|_| self.syllables[shape.below(self.syllables.len())]).collect()
    }

    fn text(&self, chance: &mut Chance) -> String {
        let words = 9 + chance.below(14);
        let parts: Vec<String> = (0..words)
            .map(|_| match chance.below(5) {
                0 | 1 => self.little[chance.below(self.little.len())].to_owned(),
                2 if chance.below(4) == 0 => chance.below(10_000).to_string(),
                _ => self.word(chance),
            })
            .collect();
        format!("{}.", parts.join(self.gap))
    }
}

/// The stored text of that number.
pub fn stored(number: u64) -> String {
    Language::of(number).text(&mut Chance::of(11, number))
}

/// A text like the stored ones, of which none is it.
pub fn fresh(number: u64) -> String {
    Language::of(number).text(&mut Chance::of(23, number))
}

/// The stored text of that number as another program might send it: the same to a reader.
pub fn same(number: u64) -> String {
    format!("\u{2728} {}!!", stored(number).to_uppercase())
}

/// The stored text of that number with a few letters changed, and by how many percent it is alike;
/// `None` where it is less than `least`.
pub fn reworded(number: u64, least: u32) -> Option<String> {
    let text = stored(number);
    let mut chance = Chance::of(37, number);
    let mut letters: Vec<char> = text.chars().collect();
    for _ in 0..=chance.below(4) {
        let place = chance.below(letters.len());
        letters[place] = if letters[place].is_ascii() { 'q' } else { '\u{9f8d}' };
    }
    let other: String = letters.into_iter().collect();
    let percent = Shingles::of(&text).likeness(&Shingles::of(&other)).percent();
    (other != text && percent >= least).then_some(other)
}
