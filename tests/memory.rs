//! Memory that a study file takes: whoever's it is, opening it, listing its tables and reporting on it stay under twice its
//! size and 200 MB. One test, so that nothing else takes memory in this process.

#![cfg(target_os = "linux")]

use polarscope::figure::{Source, Style, report, table_ids};
use polarscope::runner::peak_memory;
use polarscope::store::Store;
use rusqlite::Connection;
use std::path::{Path, PathBuf};

/// Numbers from 0 to below `end`, as n (i).
fn count(end: usize) -> String {
    format!("WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {})", end - 1)
}

fn ids(end: usize) -> String {
    format!("[{}]", (0..end).map(|id| id.to_string()).collect::<Vec<_>>().join(","))
}

/// The demo's study with `experiment` alone, of two texts of two tokens each and nothing run; `sql` is applied to it.
fn file(folder: &Path, experiment: &str, seeds: usize, sql: &[String]) -> PathBuf {
    let path = folder.join(format!("{experiment}.polar"));
    std::fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo.polar"), &path).unwrap();
    let file = Connection::open(&path).unwrap();
    let toml: String = file.query_row("SELECT toml FROM study", [], |row| row.get(0)).unwrap();
    let (head, _) = toml.split_once("\n[experiments.").unwrap();
    let head: Vec<&str> = head.lines().filter(|line| !line.starts_with("seeds =")).collect();
    let head = head.join("\n").replace("[perturbation]", &format!("[perturbation]\nseeds = {seeds}"));
    file.execute("UPDATE study SET toml = ?", [format!("{head}\n\n[experiments.{experiment}]\ndelta = 0.5\n")])
        .unwrap();
    for table in
        ["readings", "trials", "shifts", "displacements", "batches", "conditions", "position_norms", "pairs", "texts"]
    {
        file.execute(&format!("DELETE FROM {table}"), []).unwrap();
    }
    let begin = [
        format!("DELETE FROM experiments WHERE experiment <> '{experiment}'"),
        "UPDATE experiments SET later = 0, layers = '[2]'".to_owned(),
        format!("{} INSERT INTO texts SELECT i, '', '[1,2]' FROM n", count(2)),
        format!(
            "INSERT INTO conditions (id, experiment, mode, arm, layers, repairs, protocol)
             VALUES (0, '{experiment}', 'clean', '\"plain\"', '[]', '[]', 'strict')"
        ),
    ];
    for sql in begin.iter().chain(sql) {
        file.execute(sql, []).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    let conditions: usize = file.query_row("SELECT COUNT(*) FROM conditions", [], |row| row.get(0)).unwrap();
    file.execute("INSERT INTO batches VALUES (0, ?, '[0,1]', ?, 1)", [experiment.to_owned(), ids(conditions)]).unwrap();
    for sql in [
        "INSERT INTO trials SELECT c.id, t.id, c.id % 7 + t.id, NULL, NULL FROM conditions c, texts t",
        "INSERT INTO shifts SELECT id, part, 0, 2, 0, 0, 0, 0
         FROM conditions, (SELECT 'first' AS part UNION SELECT 'rest') WHERE mode <> 'clean'",
        "INSERT INTO displacements SELECT id, 2, part, 0, 2, 0, 0, 0, 0, 0, 0, 0
         FROM conditions, (SELECT 'first' AS part UNION SELECT 'rest') WHERE mode <> 'clean'",
        "INSERT INTO readings SELECT c.id, t.id, q.quantity, zeroblob(4 * e.heads * json_array_length(e.read_layers))
         FROM conditions c, texts t, experiments e,
              (SELECT 'entropy_exact' AS quantity UNION SELECT 'entropy_published') q
         WHERE c.arm = '\"plain\"'",
        "VACUUM",
    ] {
        file.execute(sql, []).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    path
}

/// Conditions of both modes from `arms`, the first of which is plain, under `seeds` seeds.
fn conditions(experiment: &str, arms: usize, seeds: usize) -> String {
    format!(
        "{} INSERT INTO conditions (id, experiment, mode, delta, seed, arm, layers, repairs, protocol)
         SELECT i + 1, '{experiment}', CASE i % 2 WHEN 0 THEN 'magnitude' ELSE 'angular' END, 0.5, i / 2 % {seeds},
                CASE i / 2 / {seeds} WHEN 0 THEN '\"plain\"'
                ELSE json_object('head', json_object('layer', i / 2 / {seeds} / 999, 'head', i / 2 / {seeds} % 999)) END, '[2]',
                CASE i / 2 / {seeds} WHEN 0 THEN '[]' ELSE '[\"z.2.0\"]' END, ''
         FROM n",
        count(2 * arms * seeds)
    )
}

#[test]
fn a_file_takes_at_most_twice_its_size_and_200_mb() {
    let folder = tempfile::tempdir().unwrap();
    let heads = "UPDATE experiments SET heads = 999, read_layers = (SELECT json_group_array(layer) FROM layer_norms)";
    let layers = format!("{} INSERT OR IGNORE INTO layer_norms SELECT i, 1, 1, 1, 1 FROM n", count(20));
    let made = [
        // With the resamples of every arm kept at once it took 700 MB.
        file(folder.path(), "heads", 1, &[layers.clone(), heads.to_owned(), conditions("heads", 2000, 1)]),
        // Long tables were kept whole beside the figures.
        file(folder.path(), "entropy", 2, &[layers, heads.to_owned(), conditions("entropy", 1, 2)]),
    ];
    for path in made {
        let size = std::fs::metadata(&path).unwrap().len();
        let (page, peak) = peak_memory(|| {
            let store = Store::open(&path).unwrap();
            let source = Source::of(store.results().unwrap(), "it");
            assert!(!table_ids(source.findings()).is_empty());
            report(&store, &source, &Style::default()).unwrap()
        });
        let peak = peak.unwrap();
        println!("{}: {} MB of a file of {} kB", path.display(), peak / 1_000_000, size / 1000);
        assert!(page.contains("rows and"), "there are tables that are too long for the page");
        assert!(peak < 2 * size + 200_000_000, "{}: {peak} bytes of a file of {size}", path.display());
    }
}
