//! Figures: where things stand on the page, what the files hold, and that they are the same every time.
//!
//! `UPDATE=1 cargo test --release --test figures` writes tests/golden anew; look at what changed.

use polarscope::figure::picture::{Bars, Scale};
use polarscope::figure::scene::{Rect, Role, Scene, Shape, Text};
use polarscope::figure::{
    Figure, FigureFormat, FigureView, Letters, Palette, Source, Style, Theme, figure, figures, table, table_ids, tables,
};
use polarscope::store::Store;
use polarscope::study::Mode;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The demo's finished study.
static DEMO: LazyLock<Source> = LazyLock::new(|| {
    let store = Store::open(&root().join("assets/demo.polar")).unwrap();
    Source::of(store.results().unwrap(), "demo.polar")
});

static PUBLISHED: LazyLock<Vec<Source>> = LazyLock::new(Source::published);

/// The demo's study, that study beside itself, and what was published, each with every figure that it has.
fn all() -> Vec<(&'static str, Vec<Source>)> {
    let published = PUBLISHED.clone();
    vec![("demo", vec![DEMO.clone()]), ("twice", vec![DEMO.clone(), PUBLISHED[0].clone()]), ("published", published)]
}

fn draw(sources: &[Source], id: &str, style: &Style) -> Figure {
    figure(sources, id, &FigureView::default(), style).unwrap_or_else(|error| panic!("{id}: {error}"))
}

fn texts(scene: &Scene) -> impl Iterator<Item = &Text> {
    scene.items.iter().filter_map(|item| if let Shape::Text(text) = &item.shape { Some(text) } else { None })
}

/// Everything that must hold of a figure, whatever it shows.
fn check(name: &str, scene: &Scene) {
    let page = Rect::new(0.0, 0.0, scene.width, scene.height);
    let words: Vec<&Text> = texts(scene).collect();
    for (i, text) in words.iter().enumerate() {
        assert!(page.holds(&text.bounds(), 0.2), "{name}: \"{}\" leaves the page: {:?}", text.words, text.bounds());
        // Cells of a heat map have their number inside.
        for other in &words[i + 1..] {
            let overlap = text.bounds().grown(-0.15).overlaps(&other.bounds().grown(-0.15));
            assert!(!overlap, "{name}: \"{}\" and \"{}\" lie on one another", text.words, other.words);
        }
    }
    for item in scene.items.iter().filter(|item| item.role != Role::Words) {
        let bounds = item.shape.bounds();
        if item.clip.is_none() {
            assert!(page.holds(&bounds, 0.01), "{name}: {:?} leaves the page", item.shape);
        }
        if item.role == Role::Mark {
            // Markers of what lies at the very edge reach over it by half of their size.
            let inside = scene.areas.iter().any(|area| area.grown(4.0).holds(&bounds, 0.0));
            assert!(inside, "{name}: {:?} lies in no panel", item.shape);
        }
        let numbers = [bounds.x, bounds.y, bounds.width, bounds.height];
        assert!(numbers.iter().all(|number| number.is_finite()), "{name}: {:?}", item.shape);
    }
    // Significance covers no mark.
    for star in words.iter().filter(|text| text.words.chars().all(|c| c == '*') || text.words == "ns") {
        for mark in scene.items.iter().filter(|item| item.role == Role::Mark) {
            let overlap = star.bounds().grown(-0.2).overlaps(&mark.shape.bounds());
            assert!(!overlap, "{name}: \"{}\" covers {:?}", star.words, mark.shape);
        }
    }
}

#[test]
fn every_figure_keeps_its_words_apart_and_its_marks_inside() {
    for (what, sources) in all() {
        for (id, _) in figures(&sources) {
            for width in [89.0, 120.0, 183.0, 254.0] {
                for font_size in [6.0, 8.0, 10.0] {
                    let style = Style { width, font_size, ..Style::default() };
                    let drawn = draw(&sources, id, &style);
                    check(&format!("{what} {id} at {width} mm, {font_size} pt"), &drawn.scene);
                }
            }
        }
    }
}

#[test]
fn whatever_is_chosen_they_stay_so() {
    let styles = [
        Style { bars: Bars::Interval, theme: Theme::Grid, palette: Palette::Grey, width: 120.0, ..Style::default() },
        Style { titles: false, letters: false, note: false, palette: Palette::Study, ..Style::default() },
        Style { height: Some(150.0), bars: Bars::Se, ..Style::default() },
        Style { x: Some((0.25, 0.8)), y: Some((0.5, 2.0)), ..Style::default() },
    ];
    let views = [
        FigureView { scales: [Scale::Log; 2], ..FigureView::default() },
        FigureView { hidden: vec![Mode::Magnitude], delta: Some(0.5), ..FigureView::default() },
    ];
    for (what, sources) in all() {
        for (id, _) in figures(&sources) {
            for (i, style) in styles.iter().enumerate() {
                for (j, view) in views.iter().enumerate() {
                    let name = format!("{what} {id}, style {i}, view {j}");
                    // A height may have no room for many panels, and says so.
                    match figure(&sources, id, view, style) {
                        Ok(drawn) => check(&name, &drawn.scene),
                        Err(error) if error.to_string().contains("needs at least") => {}
                        Err(error) => panic!("{name}: {error}"),
                    }
                }
            }
        }
    }
}

#[test]
fn every_figure_looks_as_in_its_golden_file() {
    let folder = root().join("tests/golden");
    let mut wrong = Vec::new();
    let mut known: Vec<PathBuf> = Vec::new();
    for (what, sources) in all() {
        let style = Style { width: 89.0, ..Style::default() };
        for (id, _) in figures(&sources) {
            if what == "twice" && id != "compare" {
                continue;
            }
            let svg = draw(&sources, id, &style).scene.svg(Letters::Named);
            let path = folder.join(format!("{what}-{id}.svg"));
            if std::env::var_os("UPDATE").is_some() {
                std::fs::write(&path, &svg).unwrap();
            }
            if std::fs::read_to_string(&path).unwrap_or_default() != svg {
                wrong.push(path.clone());
            }
            known.push(path);
        }
    }
    assert!(wrong.is_empty(), "not as in {wrong:?}; UPDATE=1 writes them anew");
    let there = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let forgotten: Vec<PathBuf> = there.filter(|path| !known.contains(path)).collect();
    assert!(forgotten.is_empty(), "no figure makes {forgotten:?}");
}

#[test]
fn the_same_figure_is_the_same_bytes_in_every_form() {
    let style = Style { width: 89.0, dpi: 150.0, ..Style::default() };
    let of = || {
        let drawn = draw(std::slice::from_ref(&*DEMO), "dissociation", &style);
        FigureFormat::ALL.map(|format| drawn.written(format, &style).unwrap())
    };
    assert!(of() == of());
}

#[test]
fn a_pdf_has_its_page_and_a_png_its_resolution() {
    let style = Style { width: 89.0, height: Some(60.0), dpi: 300.0, ..Style::default() };
    let drawn = draw(std::slice::from_ref(&*DEMO), "entropy-layers", &style);
    let pdf = drawn.written(FigureFormat::Pdf, &style).unwrap();
    let text = String::from_utf8_lossy(&pdf);
    let page = text.split("/MediaBox").nth(1).unwrap();
    let numbers: Vec<f64> =
        page.split(['[', ']']).nth(1).unwrap().split_whitespace().map(|number| number.parse().unwrap()).collect();
    assert!(
        (numbers[2] - 89.0 / 25.4 * 72.0).abs() < 0.1 && (numbers[3] - 60.0 / 25.4 * 72.0).abs() < 0.1,
        "{numbers:?}"
    );
    assert!(text.contains("/FontFile2") && text.contains("+Inter"), "fonts are embedded, and cut");

    let reader = png::Decoder::new(std::io::Cursor::new(drawn.written(FigureFormat::Png, &style).unwrap()));
    let reader = reader.read_info().unwrap();
    assert_eq!((reader.info().width, reader.info().height), (1051, 709));
    assert_eq!(reader.info().pixel_dims.unwrap().xppu, 11_811);
}

#[test]
fn an_svg_brings_its_fonts_and_says_what_it_shows() {
    let drawn = draw(std::slice::from_ref(&*DEMO), "dissociation", &Style::default());
    let svg = drawn.scene.svg(Letters::Embedded);
    assert!(svg.contains("@font-face{font-family:\"Inter\";font-weight:400;src:url(\"data:font/ttf;base64,"));
    assert!(svg.contains("<title>Loss and grammatical judgement</title>") && svg.contains("Holm over 6 δ"));
    assert!(svg.len() < 100_000, "{} bytes", svg.len());
    let outlines = drawn.scene.svg(Letters::Outlines);
    assert!(!outlines.contains("<text") && !outlines.contains("font-face"));
}

/// A figure's data as rows by head.
fn rows(data: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(data.as_bytes());
    reader.deserialize().map(Result::unwrap).collect()
}

#[test]
fn the_data_are_the_numbers_of_the_tables() {
    let source = DEMO.clone();
    let data = rows(&draw(std::slice::from_ref(&source), "dissociation", &Style::default()).data);
    for (panel, id) in [("A", "damage"), ("B", "syntax")] {
        let table = table(source.findings(), id).unwrap();
        let mut compared = 0;
        for mode in ["magnitude", "angular"] {
            for record in &table.records {
                let delta = record["delta"].to_string();
                let is_it = |row: &&BTreeMap<String, String>| {
                    row["panel"] == panel && row["series"] == mode && row["x"].parse() == delta.parse::<f64>()
                };
                let row = data.iter().find(is_it).unwrap_or_else(|| panic!("{id} {mode} {delta}"));
                assert_eq!(row["value"], record[&format!("{mode}_mean")].to_string());
                assert_eq!(row["sd"], record[&format!("{mode}_sd")].to_string());
                compared += 1;
            }
        }
        assert!(compared >= 6);
        assert_eq!(compared, data.iter().filter(|row| row["panel"] == panel).count());
    }
    let audit = rows(&draw(&[source], "audit", &Style::default()).data);
    let published = audit.iter().find(|row| row["row"] == "Gap as published").unwrap();
    assert!(published["low"].parse::<f64>().unwrap() < published["value"].parse().unwrap());
}

#[test]
fn a_caption_says_everything_that_is_needed() {
    let source = DEMO.clone();
    let caption = draw(std::slice::from_ref(&source), "dissociation", &Style::default()).caption;
    let hash = polarscope::study::hash(source.study());
    for words in [
        "± sd over seeds",
        "n 5 seeds × 80 texts",
        "crossed bootstrap",
        "Holm over 6 δ",
        "Protocol strict",
        "layers 2–5",
        "Model demo",
        &hash,
    ] {
        assert!(caption.contains(words), "{words}: {caption}");
    }
    let published: Vec<Source> = PUBLISHED.clone();
    let caption = draw(&published, "dissociation", &Style::default()).caption;
    assert!(caption.contains("values printed by arXiv 2602.11169, not a run of Polarscope"), "{caption}");
}

#[test]
fn what_cannot_be_drawn_is_refused_with_words() {
    let published: Vec<Source> = PUBLISHED.clone();
    let why = |sources: &[Source], id: &str, style: &Style| {
        figure(sources, id, &FigureView::default(), style).map(|_| ()).unwrap_err().to_string()
    };
    let style = Style::default();
    assert!(why(&published, "disociation", &style).contains("the figures are dissociation, dose-response"));
    let words = why(&published, "audit", &style);
    assert_eq!(
        words,
        "the study has no [experiments.audit], which the figure \"audit\" is made of; add it to the study and run it"
    );
    let low = Style { height: Some(21.0), ..Style::default() };
    assert!(why(std::slice::from_ref(&*DEMO), "qk", &low).contains("a height of 21 mm has no room"));
    let absurd = Style { dpi: 2400.0, width: 1000.0, ..Style::default() };
    let drawn = draw(std::slice::from_ref(&*DEMO), "dissociation", &absurd);
    assert!(drawn.written(FigureFormat::Png, &absurd).unwrap_err().to_string().contains("million pixels"));
}

#[test]
fn letters_that_no_font_has_are_boxed() {
    let mut results = Store::open(&root().join("assets/demo.polar")).unwrap().results().unwrap();
    results.study.model.id = "模型/Ω".to_owned();
    let source = Source::of(results, "模型.polar");
    let drawn = draw(&[source], "dissociation", &Style::default());
    check("boxes", &drawn.scene);
    let svg = drawn.scene.svg(Letters::Embedded);
    let shown = svg.split("</desc>").nth(1).unwrap();
    assert!(!shown.contains('模') && shown.contains(">6A<") && shown.contains("/Ω."), "the code point stands in a box");
    assert!(drawn.written(FigureFormat::Pdf, &Style::default()).unwrap().starts_with(b"%PDF"));
}

#[test]
fn the_tables_that_are_listed_are_those_that_a_finished_study_has() {
    for source in PUBLISHED.iter().chain([&*DEMO]) {
        let made: Vec<&str> = tables(source.findings()).iter().map(|table| table.id).collect();
        assert_eq!(table_ids(source.findings()), made, "{}", source.name);
    }
}
