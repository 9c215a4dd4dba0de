//! Languages as people write them (ISO 639-1) and as the statistics name them.

use whatlang::Lang;

/// Both names of each language that has statistics.
const CODES: [(&str, Lang); 71] = [
    ("eo", Lang::Epo),
    ("en", Lang::Eng),
    ("ru", Lang::Rus),
    ("zh", Lang::Cmn),
    ("es", Lang::Spa),
    ("pt", Lang::Por),
    ("it", Lang::Ita),
    ("bn", Lang::Ben),
    ("fr", Lang::Fra),
    ("de", Lang::Deu),
    ("uk", Lang::Ukr),
    ("ka", Lang::Kat),
    ("ar", Lang::Ara),
    ("hi", Lang::Hin),
    ("ja", Lang::Jpn),
    ("he", Lang::Heb),
    ("yi", Lang::Yid),
    ("pl", Lang::Pol),
    ("am", Lang::Amh),
    ("jv", Lang::Jav),
    ("ko", Lang::Kor),
    ("nb", Lang::Nob),
    ("no", Lang::Nob),
    ("da", Lang::Dan),
    ("sv", Lang::Swe),
    ("fi", Lang::Fin),
    ("tr", Lang::Tur),
    ("nl", Lang::Nld),
    ("hu", Lang::Hun),
    ("cs", Lang::Ces),
    ("el", Lang::Ell),
    ("bg", Lang::Bul),
    ("be", Lang::Bel),
    ("mr", Lang::Mar),
    ("kn", Lang::Kan),
    ("ro", Lang::Ron),
    ("sl", Lang::Slv),
    ("hr", Lang::Hrv),
    ("sr", Lang::Srp),
    ("mk", Lang::Mkd),
    ("lt", Lang::Lit),
    ("lv", Lang::Lav),
    ("et", Lang::Est),
    ("ta", Lang::Tam),
    ("vi", Lang::Vie),
    ("ur", Lang::Urd),
    ("th", Lang::Tha),
    ("gu", Lang::Guj),
    ("uz", Lang::Uzb),
    ("pa", Lang::Pan),
    ("az", Lang::Aze),
    ("id", Lang::Ind),
    ("te", Lang::Tel),
    ("fa", Lang::Pes),
    ("ml", Lang::Mal),
    ("or", Lang::Ori),
    ("my", Lang::Mya),
    ("ne", Lang::Nep),
    ("si", Lang::Sin),
    ("km", Lang::Khm),
    ("tk", Lang::Tuk),
    ("ak", Lang::Aka),
    ("zu", Lang::Zul),
    ("sn", Lang::Sna),
    ("af", Lang::Afr),
    ("la", Lang::Lat),
    ("sk", Lang::Slk),
    ("ca", Lang::Cat),
    ("tl", Lang::Tgl),
    ("hy", Lang::Hye),
    ("cy", Lang::Cym),
];

/// The language of a code; a region (`pt-BR`) does not matter.
pub(super) fn lang_of(code: &str) -> Option<Lang> {
    let code = code.trim().to_lowercase();
    let code = code.split(['-', '_']).next().unwrap_or_default();
    CODES.iter().find(|(known, _)| *known == code).map(|(_, lang)| *lang)
}

/// The code of a language.
pub(super) fn code_of(lang: Lang) -> &'static str {
    CODES.iter().find(|(_, known)| *known == lang).map_or(lang.code(), |(code, _)| code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_with_statistics_has_a_code() {
        for lang in Lang::all() {
            assert_eq!(lang_of(code_of(*lang)), Some(*lang), "{lang}");
        }
    }

    #[test]
    fn a_region_does_not_matter_and_an_unknown_code_is_none() {
        assert_eq!(lang_of("pt-BR"), Some(Lang::Por));
        assert_eq!(lang_of("no"), lang_of("NB"));
        assert_eq!(lang_of("xx"), None);
        assert_eq!(lang_of(""), None);
    }
}
