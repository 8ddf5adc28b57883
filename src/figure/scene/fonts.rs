//! The fonts of figures, which come with the program, so that a figure looks the same everywhere. They are cut down to
//! outlines and advances: no kerning, no ligatures, no alternates. So a label is as wide in every reader as it is here.

use allsorts::binary::read::ReadScope;
use allsorts::font_data::FontData;
use allsorts::subset::{CmapTarget, SubsetProfile, subset, whole_font};
use allsorts::tables::FontTableProvider;
use allsorts::tag;
use resvg::usvg::fontdb::{Database, Source};
use std::sync::{Arc, LazyLock};
use ttf_parser::{Face, GlyphId};

/// How heavy letters are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Text.
    Regular,
    /// Letters of panels, titles.
    Bold,
}

/// A font, ready to measure.
pub struct Font {
    /// Its family, as SVG names it.
    pub family: &'static str,
    /// Its weight, as SVG names it.
    pub weight: u16,
    bytes: Arc<Vec<u8>>,
}

/// Where letters are looked for: regular text, bold text, and what those two do not have.
pub static FONTS: LazyLock<[Font; 3]> = LazyLock::new(|| {
    let font = |family, weight, whole: &'static [u8]| Font { family, weight, bytes: Arc::new(plain(whole)) };
    [
        font("Inter", 400, include_bytes!("../../../assets/fonts/Inter-Regular.ttf")),
        font("Inter", 600, include_bytes!("../../../assets/fonts/Inter-SemiBold.ttf")),
        font("DejaVu Sans", 400, include_bytes!("../../../assets/fonts/DejaVuSans-Symbols.ttf")),
    ]
});

/// The number of the symbols' font in [`FONTS`].
const SYMBOLS: usize = 2;

/// `whole` without its rules for pairs and sequences of letters.
fn plain(whole: &'static [u8]) -> Vec<u8> {
    let tables = [tag::CMAP, tag::HHEA, tag::HMTX, tag::NAME, tag::OS_2, tag::POST];
    let made = provider(whole).and_then(|provider| {
        let outlines: &[u32] = if provider.has_table(tag::CFF) { &[tag::CFF] } else { &[tag::GLYF] };
        whole_font(&provider, &[&tables, outlines].concat()).ok()
    });
    made.unwrap_or_else(|| whole.to_vec())
}

fn provider(bytes: &[u8]) -> Option<impl FontTableProvider + '_> {
    ReadScope::new(bytes).read::<FontData>().ok()?.table_provider(0).ok()
}

/// All of them, as usvg wants them.
#[must_use]
pub fn database() -> Arc<Database> {
    static ALL: LazyLock<Arc<Database>> = LazyLock::new(|| {
        let mut database = Database::new();
        for font in FONTS.iter() {
            database.load_font_source(Source::Binary(font.bytes.clone()));
        }
        database.set_sans_serif_family("Inter");
        Arc::new(database)
    });
    ALL.clone()
}

/// How a letter is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drawn {
    /// By the font of this number.
    By(usize),
    /// As a box with its code point: no font has it.
    Boxed,
}

impl Font {
    /// It, to measure and to outline.
    #[must_use]
    pub fn face(&self) -> Option<Face<'_>> {
        Face::parse(&self.bytes, 0).ok()
    }

    /// A font with the letters of `text` alone, for a page that shows them; none where it cannot be made.
    #[must_use]
    pub fn cut_to(&self, text: &str) -> Option<Vec<u8>> {
        let face = self.face()?;
        let mut glyphs: Vec<u16> = text.chars().filter_map(|letter| Some(face.glyph_index(letter)?.0)).collect();
        glyphs.push(0);
        glyphs.sort_unstable();
        glyphs.dedup();
        subset(&provider(&self.bytes)?, &glyphs, &SubsetProfile::Minimal, CmapTarget::Unicode).ok()
    }
}

/// Advances of the letters that figures are mostly made of, in ems; others are looked up.
struct Advances {
    faces: [Option<Face<'static>>; 3],
}

static ADVANCES: LazyLock<Advances> = LazyLock::new(|| Advances { faces: [0, 1, 2].map(|i| FONTS[i].face()) });

fn advance(font: usize, letter: char) -> Option<f64> {
    let face = ADVANCES.faces[font].as_ref()?;
    let glyph = face.glyph_index(letter).filter(|glyph| *glyph != GlyphId(0))?;
    Some(f64::from(face.glyph_hor_advance(glyph)?) / f64::from(face.units_per_em()))
}

/// How `letter` is drawn in text of `weight`.
#[must_use]
pub fn drawn(letter: char, weight: Weight) -> Drawn {
    let own = usize::from(weight == Weight::Bold);
    match [own, SYMBOLS].into_iter().find(|font| advance(*font, letter).is_some()) {
        Some(font) => Drawn::By(font),
        None => Drawn::Boxed,
    }
}

/// Width of the box of a letter that no font has, ems.
pub const BOX: f64 = 1.1;

/// Width of a letter, ems.
#[must_use]
pub fn letter_width(letter: char, weight: Weight) -> f64 {
    match drawn(letter, weight) {
        Drawn::By(font) => advance(font, letter).unwrap_or_default(),
        Drawn::Boxed => BOX,
    }
}

/// Width of `text` of `size` points, points.
#[must_use]
pub fn width(text: &str, size: f64, weight: Weight) -> f64 {
    text.chars().map(|letter| letter_width(letter, weight)).sum::<f64>() * size
}

/// Height of capitals and digits, ems (Inter's).
pub const CAPITAL: f64 = 0.727;
/// How far letters reach below their line, ems.
pub const BELOW: f64 = 0.2;

#[cfg(test)]
mod tests {
    use super::*;
    use resvg::usvg::fontdb;

    #[test]
    fn letters_have_a_font_or_a_box() {
        assert_eq!(drawn('δ', Weight::Regular), Drawn::By(0));
        assert_eq!(drawn('A', Weight::Bold), Drawn::By(1));
        assert_eq!(drawn('∇', Weight::Regular), Drawn::By(SYMBOLS));
        assert_eq!(drawn('模', Weight::Regular), Drawn::Boxed);
        assert!(width("mm", 10.0, Weight::Regular) > width("ii", 10.0, Weight::Regular));
        assert!((width("aa", 8.0, Weight::Bold) - 2.0 * width("a", 8.0, Weight::Bold)).abs() < 1e-12);
    }

    #[test]
    fn a_font_cut_to_a_text_has_its_letters_and_is_small() {
        for font in FONTS.iter() {
            let text = if font.family == "Inter" { "δ = 0.5 −10³" } else { "∇⟨" };
            let cut = font.cut_to(text).unwrap();
            assert!(cut.len() < 12_000, "{} bytes", cut.len());
            let face = Face::parse(&cut, 0).unwrap();
            assert!(text.chars().all(|letter| face.glyph_index(letter).is_some()));
            assert_eq!(face.glyph_index('Z'), None);
        }
    }

    #[test]
    fn all_of_them_are_in_the_database() {
        let families: Vec<String> = database().faces().map(|face| face.families[0].0.clone()).collect();
        assert_eq!(families.len(), 3, "{families:?}");
        let query = fontdb::Query { families: &[fontdb::Family::Name("DejaVu Sans")], ..fontdb::Query::default() };
        assert!(database().query(&query).is_some(), "{families:?}");
    }
}
