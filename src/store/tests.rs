//! What a study file promises, each on a small one.

use super::*;
use crate::experiment::{Arm, Commit, Condition, Disturbance, Kind, Part, Pass, Score, Shape, Trial};
use crate::intervention::Displacement;
use crate::measure::{LayerNorms, Norms, Quantity, Shift};
use crate::study::{self, Mode, Study};
use std::fs;

fn study() -> Study {
    let perturbation = "[perturbation]\nmodes = [\"angular\"]\ndeltas = [1.0]\nseeds = 1";
    study::parse(&format!("{perturbation}\n[experiments.sweep]")).unwrap()
}

/// A new study file of ten texts of three tokens, clean and under one condition, in two batches, and begun.
fn begun(path: &Path) -> Store {
    let mut store = Store::create(path).unwrap();
    let clean = Condition { experiment: Kind::Sweep, disturbance: None, arm: Arm::Plain, pass: Pass::default() };
    let disturbance = Some(Disturbance { mode: Mode::Angular, delta: 1.0, seed: 0 });
    let disturbed = Condition { disturbance, pass: Pass::disturbed(&[0]), ..clean.clone() };
    store
        .atomically(|store| {
            store.set_study(&study(), &[])?;
            store.add_conditions(&[clean, disturbed], "strict")?;
            let texts: Vec<String> = (0..10).map(|text| text.to_string()).collect();
            store.add_texts(&texts.iter().map(|text| (text.as_str(), [0, 1, 2].as_slice())).collect::<Vec<_>>())?;
            let batch = |condition| Batch {
                id: condition,
                experiment: Kind::Sweep,
                items: (0..10).collect(),
                conditions: vec![condition],
            };
            store.add_batches(&[batch(0), batch(1)])?;
            store.set_shapes(&[(Kind::Sweep, Shape { layers: vec![0], heads: 1, ..Shape::default() })])
        })
        .unwrap();
    store.start_log().unwrap();
    let norms = LayerNorms { median: 1.0, p05: 1.0, p95: 1.0, first_median: 1.0 };
    store.set_norms(&Norms { layers: vec![norms], positions: Vec::new() }).unwrap();
    store
}

fn commit(condition: usize, items: std::ops::Range<usize>, value: f64) -> Commit {
    let score = Score { value, sentences: None };
    let count = items.len() as u64;
    let trials = items.map(|item| Trial { condition, item, score, readings: Vec::new() }).collect();
    let mut commit = Commit { trials, ..Commit::default() };
    for (part, tokens) in [(Part::First, count), (Part::Rest, 2 * count)] {
        if condition == 0 {
            break;
        }
        let sum = tokens as f64;
        let moved = Displacement {
            tokens,
            asked: sum,
            sum,
            sum_of_squares: sum,
            min: 1.0,
            max: 1.0,
            unattainable: 0,
            flipped: 0,
        };
        commit.displacements.insert((condition, 0, part), moved);
        let (angle, angle_squares) = (60.0 * sum, 3600.0 * sum);
        let shift = Shift { tokens, distance: sum, distance_squares: sum, angle, angle_squares };
        commit.shifts.insert((condition, part), shift);
    }
    commit
}

/// The same, complete.
fn complete(path: &Path) -> Store {
    let mut store = begun(path);
    store.commit(0, &commit(0, 0..10, 1.5), 1).unwrap();
    store.commit(1, &commit(1, 0..10, 2.5), 1).unwrap();
    store
}

/// The bytes of a file that was finished without a disturbance.
fn undisturbed() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calm.polar");
    assert_eq!(complete(&path).finish().unwrap(), Ending::Packed);
    fs::read(&path).unwrap()
}

/// What is in the folder of `path`, by name.
fn names(path: &Path) -> Vec<String> {
    let entries = fs::read_dir(path.parent().unwrap()).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_full_disk_is_reported_and_what_was_there_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("full.polar");
    let mut store = begun(&path);
    store.commit(0, &commit(0, 0..10, 1.5), 3).unwrap();
    assert_eq!(store.provenance().unwrap()["batch 0 ran in parts, for want of memory"], "3");
    let pages: i64 = store.connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    store.connection.pragma_update(None, "max_page_count", pages + 2).unwrap();
    let error = store.commit(1, &commit(1, 0..100_000, 1.5), 1).unwrap_err();
    assert_eq!(error.exit_code(), 73);
    assert!(error.to_string().contains("full.polar") && error.to_string().contains("disk is full"), "{error}");
    drop(store);
    let results = Store::open(&path).unwrap().results().unwrap();
    assert_eq!(results.finished(), 10, "the batch that did not fit left nothing");
    assert_eq!(names(&path), ["full.polar"]);
}

#[test]
fn one_writer_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.polar");
    let first = Store::create(&path).unwrap();
    let error = Store::open_to_write(&path).err().unwrap();
    assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
    Store::open(&path).unwrap(); // readers are welcome
    drop(first);
    Store::open_to_write(&path).unwrap();
}

#[test]
fn a_file_without_a_trial_gives_way_and_one_with_trials_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f.polar");
    fs::write(&path, "").unwrap(); // of a run that was killed at its very beginning
    drop(begun(&path));
    let mut store = begun(&path);
    store.commit(0, &commit(0, 0..10, 1.5), 1).unwrap();
    drop(store);
    let error = Store::create(&path).err().unwrap();
    assert!(error.exit_code() == 73 && error.to_string().contains("exists already"), "{error}");
    fs::write(&path, "notes").unwrap();
    assert_eq!(Store::create(&path).err().unwrap().exit_code(), 73);
    assert_eq!(fs::read(&path).unwrap(), b"notes");
}

#[test]
fn what_was_committed_is_in_the_file_itself_after_a_save() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("f.polar"), folder.path().join("copy.polar"));
    let mut store = begun(&path);
    store.commit(0, &commit(0, 0..10, 1.5), 1).unwrap();
    assert!(store.save().unwrap());
    fs::copy(&path, &copy).unwrap();
    assert_eq!(Store::open(&copy).unwrap().results().unwrap().finished(), 10);
    assert_eq!(fs::metadata(folder.path().join("f.polar-wal")).unwrap().len(), 0, "no frame is left that could be old");
}

#[test]
fn a_reader_at_the_end_does_not_keep_the_file_from_being_whole() {
    let whole = undisturbed();
    for reading in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("read.polar");
        let mut store = begun(&path);
        store.commit(0, &commit(0, 0..10, 1.5), 1).unwrap();
        let reader = Store::open(&path).unwrap();
        let count = |store: &Store| -> i64 {
            store.connection.query_row("SELECT COUNT(*) FROM trials", [], |row| row.get(0)).unwrap()
        };
        if reading {
            reader.connection.execute_batch("BEGIN").unwrap();
        }
        assert_eq!(count(&reader), 10);
        store.commit(1, &commit(1, 0..10, 2.5), 1).unwrap();
        assert_eq!(store.finish().unwrap(), Ending::Replaced);
        assert!(fs::read(&path).unwrap() == whole, "the file alone is whole, a reader at an old state: {reading}");
        assert_eq!(count(&reader), if reading { 10 } else { 20 }, "the reader goes on with what it has");
        drop(reader);
        assert!(fs::read(&path).unwrap() == whole);
        assert_eq!(names(&path), ["read.polar"]);
    }
}

#[test]
fn a_file_to_which_nothing_is_added_keeps_its_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("done.polar");
    assert_eq!(complete(&path).finish().unwrap(), Ending::Packed);
    let (bytes, time) = (fs::read(&path).unwrap(), fs::metadata(&path).unwrap().modified().unwrap());
    let mut store = Store::open_to_write(&path).unwrap();
    store.atomically(|store| store.set_study(&study(), &[])).unwrap();
    assert_eq!(store.finish().unwrap(), Ending::Unchanged);
    assert!(fs::read(&path).unwrap() == bytes && fs::metadata(&path).unwrap().modified().unwrap() == time);
}

#[test]
fn a_run_that_was_killed_while_it_packed_ends_in_the_same_bytes() {
    let whole = undisturbed();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("k.polar");
    let packed = folder.path().join("k.polar.packed");
    // A copy that is complete takes its place …
    drop(begun(&path));
    fs::write(&packed, &whole).unwrap();
    assert_eq!(Store::open_to_write(&path).unwrap().finish().unwrap(), Ending::Unchanged);
    assert!(fs::read(&path).unwrap() == whole);
    // … others go.
    for part in [&whole[..0], &[0; 5000][..], &whole[..whole.len() / 2]] {
        fs::remove_file(&path).unwrap();
        drop(complete(&path));
        fs::write(&packed, part).unwrap();
        assert_eq!(Store::open_to_write(&path).unwrap().finish().unwrap(), Ending::Packed);
        assert!(fs::read(&path).unwrap() == whole);
        assert_eq!(names(&path), ["k.polar"]);
    }
}

#[test]
fn files_that_are_not_ours_are_left_as_they_are() {
    for ending in [".lock", ".packed", "-wal", "-shm", "-journal", ".packed-wal", ".packed-shm", ".packed-journal"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f.polar");
        let beside = folder.path().join(format!("f.polar{ending}"));
        fs::write(&beside, "mine").unwrap();
        for error in [Store::check_place(&path).err().unwrap(), Store::create(&path).err().unwrap()] {
            assert!(error.exit_code() == 73 && error.to_string().contains(ending), "{error}");
        }
        assert_eq!(fs::read(&beside).unwrap(), b"mine");
        assert!(!path.exists());
    }
}

/// The file alone, as it is, and its log, as they would be found after a kill, in a folder of their own.
fn killed(store: &Store, folder: &Path) -> std::path::PathBuf {
    let path = folder.join("killed.polar");
    fs::copy(store.path(), &path).unwrap();
    fs::copy(store.place.beside(Beside::Log), folder.join("killed.polar-wal")).unwrap();
    path
}

#[test]
fn the_log_of_another_run_or_an_older_one_is_refused_and_nothing_is_changed() {
    let folder = tempfile::tempdir().unwrap();
    let mut runs = [0, 1].map(|run| {
        let mut store = begun(&folder.path().join(format!("{run}.polar")));
        store.save().unwrap();
        store.commit(0, &commit(0, 0..10, 1.5), 1).unwrap();
        let killed_in = folder.path().join(format!("killed-{run}"));
        fs::create_dir(&killed_in).unwrap();
        (killed(&store, &killed_in), store)
    });
    // Its own log is applied …
    assert_eq!(Store::open(&runs[1].0).unwrap().results().unwrap().finished(), 10);
    let refused = |path: &Path| {
        let bytes = fs::read(path).unwrap();
        for open in [Store::open, Store::open_to_write] {
            let error = open(path).err().unwrap();
            assert!(
                error.exit_code() == 65 && error.to_string().contains("-wal beside it is of another run"),
                "{error}"
            );
        }
        assert!(fs::read(path).unwrap() == bytes);
    };
    // … that of another run is not …
    let (first, store) = &mut runs[0];
    let log = first.with_extension("polar-wal");
    let own = fs::read(&log).unwrap();
    fs::copy(store.path().with_file_name("1.polar-wal"), &log).unwrap();
    refused(first);
    // … nor, once the file has moved on, is its own of before.
    store.save().unwrap();
    store.commit(1, &commit(1, 0..10, 2.5), 1).unwrap();
    store.save().unwrap();
    fs::copy(store.path(), &*first).unwrap();
    fs::write(&log, &own).unwrap();
    refused(first);
    // What is in the file already may be in its log as well: a kill may come before the log is emptied.
    fs::remove_file(&log).unwrap();
    assert_eq!(Store::open(first).unwrap().results().unwrap().finished(), 20);
}

#[test]
fn a_finished_copy_of_another_study_does_not_take_the_place_of_this() {
    let whole = undisturbed();
    for sql in [
        "INSERT INTO provenance VALUES ('sha256 model.safetensors', 'ab')",
        "UPDATE texts SET text = 'another' WHERE id = 3",
        "UPDATE study SET toml = replace(toml, 'max_tokens = 64', 'max_tokens = 65')",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (path, packed) = (folder.path().join("k.polar"), folder.path().join("k.polar.packed"));
        let store = begun(&path);
        store.connection.execute_batch(sql).unwrap();
        drop(store);
        fs::write(&packed, &whole).unwrap();
        let error = Store::open_to_write(&path).err().unwrap();
        assert!(error.exit_code() == 73 && error.to_string().contains("k.polar.packed"), "{sql}: {error}");
        assert!(fs::read(&packed).unwrap() == whole);
    }
}

#[test]
fn a_name_that_ends_like_a_folder_is_none_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().join("x/"), folder.path().to_owned()] {
        let error = Store::check_place(&path).err().unwrap();
        assert!(error.exit_code() == 73 && error.to_string().contains("--out"), "{error}");
    }
}

#[test]
fn a_journal_that_was_not_yet_safe_on_the_disk_is_ours() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f.polar");
    drop(complete(&path));
    // What SQLite leaves where it is killed before it has synced its journal.
    fs::write(folder.path().join("f.polar-journal"), [[0; 12], [7; 12]].concat()).unwrap();
    assert_eq!(Store::open_to_write(&path).unwrap().finish().unwrap(), Ending::Packed);
    assert!(fs::read(&path).unwrap() == undisturbed());
    assert_eq!(names(&path), ["f.polar"]);
}

#[cfg(unix)]
#[test]
fn links_and_names_are_what_they_stand_for() {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    // One file has one lock, by whatever name, and a link stays a link.
    fs::create_dir(path("sub")).unwrap();
    drop(begun(&path("f.polar")));
    symlink(path("f.polar"), path("sub/link.polar")).unwrap();
    let store = complete(&path("f.polar"));
    let error = Store::open_to_write(&path("sub/link.polar")).err().unwrap();
    assert!(error.to_string().contains("is writing to it"), "{error}");
    drop(store);
    Store::open_to_write(&path("sub/link.polar")).unwrap().finish().unwrap();
    assert!(path("sub/link.polar").is_symlink() && !path("f.polar").is_symlink());
    fs::hard_link(path("f.polar"), path("hard.polar")).unwrap();
    let error = Store::open_to_write(&path("hard.polar")).err().unwrap();
    assert!(error.exit_code() == 73 && error.to_string().contains("hard links"), "{error}");
    // A lock through a link would write to what it points to.
    fs::write(path("victim"), "precious").unwrap();
    symlink(path("victim"), path("v.polar.lock")).unwrap();
    symlink(path("victim"), path("p.polar.packed")).unwrap();
    for name in ["v.polar", "p.polar"] {
        assert!(Store::create(&path(name)).err().unwrap().to_string().contains("symbolic link"));
    }
    assert_eq!(fs::read(path("victim")).unwrap(), b"precious");
    symlink(path("nowhere"), path("dangling.polar")).unwrap();
    assert_eq!(Store::create(&path("dangling.polar")).err().unwrap().exit_code(), 73);
    // Names that SQLite would take for addresses are names.
    for name in [":memory:", "file:y.polar?mode=memory", "a b%20#?.polar"] {
        complete(&path(name)).finish().unwrap();
        assert_eq!(Store::open(&path(name)).unwrap().results().unwrap().finished(), 20, "{name}");
        assert!(path(name).is_file());
    }
    let bytes = folder.path().join(std::ffi::OsStr::from_bytes(b"\xff.polar"));
    assert_eq!(Store::check_place(&bytes).err().unwrap().exit_code(), 73);
}

#[test]
fn numbers_that_are_none_are_refused_when_they_are_written_and_when_they_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("n.polar");
    let mut store = begun(&path);
    for value in [f64::NAN, f64::INFINITY, 1e308] {
        let error = store.commit(0, &commit(0, 0..10, value), 1).unwrap_err();
        assert!(error.exit_code() == 65 && error.to_string().contains("condition 0, item 0"), "{error}");
    }
    drop(store);
    complete(&path).finish().unwrap();
    let bytes = fs::read(&path).unwrap();
    for (sql, words) in [
        ("UPDATE trials SET value = 9e999 WHERE item = 3", "trials, row condition 0, item 3: value is inf"),
        ("UPDATE trials SET value = 1e308 WHERE item = 3", "value is 1e308; expected a number of at most"),
        ("UPDATE trials SET value = 'x' WHERE item = 3", "value is \"x\"; expected"),
        ("UPDATE trials SET item = 123456 WHERE item = 9", "item is 123456; expected a whole number from 0 to 9"),
        ("UPDATE trials SET good_score = 1", "expected no scores of sentences"),
        ("DELETE FROM trials WHERE item > 6", "6 of the 20 trials of its finished batches are missing"),
        ("UPDATE batches SET done = 0 WHERE id = 1", "holds 20 trials; its finished batches have 10"),
        ("UPDATE batches SET items = '[0,0,1,2,3,4,5,6,7,8]'", "each once"),
        ("UPDATE batches SET conditions = '[7]'", "table batches, row id 0: conditions is \"[7]\""),
        ("UPDATE experiments SET heads = 0", "heads is 0; expected at least 1"),
        ("UPDATE experiments SET later = 9000000000000000000", "later is"),
        ("UPDATE experiments SET layers = '[1,0]'", "ascending"),
        ("UPDATE conditions SET id = 7 WHERE id = 1", "expected 0 to 1"),
        ("UPDATE conditions SET delta = 1e300 WHERE id = 1", "delta is 1e300"),
        ("UPDATE conditions SET mode = 'sideways' WHERE id = 1", "mode is \"sideways\""),
        ("INSERT INTO readings VALUES (0, 0, 'entropy_exact', '[1]')", "that reads layers"),
        ("INSERT INTO position_norms VALUES (0, 9000, 1, 1)", "count up from 0"),
        ("UPDATE shifts SET tokens = 9000000000000000000", "a count of at most"),
        ("UPDATE shifts SET distance = 1e300", "distance is 1e300"),
        ("DELETE FROM shifts WHERE part = 'rest'", "table shifts: 1 rows of batch 1 are missing"),
        ("DELETE FROM displacements", "table displacements: 2 rows of batch 1 are missing"),
        ("UPDATE shifts SET tokens = 21 WHERE part = 'rest'", "tokens is 21; expected 20"),
        ("UPDATE shifts SET batch = 0", "a condition of the batch"),
        ("UPDATE shifts SET angle = 1801 WHERE part = 'first'", "angle is 1.801e3; expected at most 180°"),
        (
            "UPDATE shifts SET angle_squares = 1 WHERE part = 'first'",
            "row condition 1, part \"first\", batch 1: angle_squares",
        ),
        ("UPDATE shifts SET distance_squares = 1000", "distance_squares is 1e3"),
        ("UPDATE displacements SET min = 2", "min is 2e0; expected at most max, which is 1e0"),
        ("UPDATE displacements SET sum = 30 WHERE part = 'first'", "between min and max times tokens"),
        ("UPDATE displacements SET sum_of_squares = 1", "sum_of_squares is 1e0"),
        ("UPDATE displacements SET unattainable = -1", "unattainable is -1; expected a count"),
        ("UPDATE displacements SET flipped = 11 WHERE part = 'first'", "a count of at most 10"),
        ("UPDATE study SET toml = replace(toml, 'seeds = 1', 'seeds = 2')", "has 1 conditions; expected 2"),
        (
            "UPDATE conditions SET seed = 1 WHERE id = 1",
            "condition 1, \"sweep, angular δ 1 seed 1\", is none that its study",
        ),
        ("UPDATE conditions SET delta = 2 WHERE id = 1", "is none that its study asks for"),
        ("UPDATE conditions SET mode = 'magnitude' WHERE id = 1", "is none that its study asks for"),
        ("UPDATE conditions SET mode = 'clean'", "has 2 clean runs; expected one"),
        ("INSERT INTO experiments VALUES ('heads', '[0]', '[]', 1, 0)", "heads, which its study does not ask for"),
    ] {
        fs::write(&path, &bytes).unwrap();
        let theirs = Connection::open(&path).unwrap();
        theirs.execute_batch(&format!("PRAGMA foreign_keys = OFF; {sql}")).unwrap();
        drop(theirs);
        let error = Store::open(&path).and_then(|store| store.results()).err().unwrap();
        assert!(error.exit_code() == 65 && error.to_string().contains(words), "{sql}: {error}");
        assert!(error.to_string().contains("n.polar"), "{error}");
    }
}

#[test]
fn arms_that_the_study_does_not_ask_for_are_refused() {
    let demo = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo.polar")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("arms.polar");
    for (arm, other) in [
        (r#"{"top_heads":2}"#, r#"{"top_heads":3}"#),
        (r#"{"top_layers":2}"#, r#"{"top_layers":5}"#),
        (r#"{"head":{"layer":5,"head":0}}"#, r#"{"head":{"layer":8,"head":0}}"#),
        (r#"{"head":{"layer":5,"head":0}}"#, r#"{"head":{"layer":5,"head":4}}"#),
        (r#"{"set":{"random":3}}"#, r#"{"set":{"random":4}}"#),
        (r#"{"disturbed":{"first":5,"width":3}}"#, r#"{"disturbed":{"first":6,"width":3}}"#),
        (r#"{"repaired_window":{"first":3,"width":1}}"#, r#"{"repaired_window":{"first":3,"width":2}}"#),
    ] {
        fs::write(&path, &demo).unwrap();
        let theirs = Connection::open(&path).unwrap();
        let changed = theirs.execute("UPDATE conditions SET arm = ? WHERE arm = ?", [other, arm]).unwrap();
        assert!(changed > 0, "{arm}");
        drop(theirs);
        let error = Store::open(&path).and_then(|store| store.results()).err().unwrap();
        assert!(error.exit_code() == 65, "{other}: {error}");
        assert!(error.to_string().contains("is none that its study asks for"), "{other}: {error}");
    }
}

#[test]
fn numbers_that_cannot_be_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("odd.polar");
    for (sql, words) in [
        (
            "UPDATE trials SET good_score = 0.01, value = 1 WHERE good_score IS NOT NULL",
            "good_score is 1e-2; expected a log-prob",
        ),
        (
            "UPDATE trials SET bad_score = 0.01, value = 0 WHERE bad_score IS NOT NULL",
            "bad_score is 1e-2; expected a log-prob",
        ),
        (
            "UPDATE readings SET \"values\" = CAST(x'0ad723bc' || substr(\"values\", 5) AS BLOB)
             WHERE quantity = 'entropy_exact'",
            "quantity entropy_exact: values holds -0.01; expected numbers from -0.001",
        ),
        (
            "UPDATE readings SET \"values\" = CAST(x'0000c03f' || substr(\"values\", 5) AS BLOB)
             WHERE quantity = 'top_key_changed'",
            "quantity top_key_changed: values holds 1.5",
        ),
        (
            "UPDATE readings SET \"values\" = substr(\"values\", 5) WHERE quantity = 'entropy_exact'",
            "quantity entropy_exact: values is not 32 finite numbers",
        ),
        ("UPDATE readings SET \"values\" = 3", "expected numbers of 4 bytes each"),
        (
            "UPDATE conditions SET repairs = '[\"attn_out.2\",\"mlp_out.2\",\"attn_out.2\"]' WHERE repairs <> '[]'",
            "expected repairs, each once",
        ),
        ("UPDATE conditions SET repairs = '[2]' WHERE repairs <> '[]'", "expected a JSON list of repairs"),
    ] {
        fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo.polar"), &path).unwrap();
        let theirs = Connection::open(&path).unwrap();
        assert!(theirs.execute(sql, []).unwrap() > 0);
        drop(theirs);
        let error = Store::open(&path).and_then(|store| store.results()).err().unwrap();
        assert!(error.exit_code() == 65 && error.to_string().contains(words), "{sql}: {error}");
    }
}

#[test]
fn readings_of_the_older_schema_are_the_same_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("older.polar");
    fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo.polar"), &path).unwrap();
    let expected = Store::open(&path).unwrap().results().unwrap();
    let theirs = Connection::open(&path).unwrap();
    let all: Vec<(i64, i64, String, Vec<u8>)> = theirs
        .prepare("SELECT condition, item, quantity, \"values\" FROM readings")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .unwrap()
        .collect::<rusqlite::Result<_>>()
        .unwrap();
    theirs
        .execute_batch(
            "PRAGMA writable_schema = ON;
             UPDATE sqlite_schema SET sql = replace(sql, '\"values\"  BLOB', '\"values\"  TEXT') WHERE name = 'readings';
             PRAGMA writable_schema = RESET; PRAGMA user_version = 2; BEGIN",
        )
        .unwrap();
    name_arms(&theirs);
    for (condition, item, quantity, bytes) in &all {
        let values: Vec<f32> = bytes.as_chunks::<4>().0.iter().map(|number| f32::from_le_bytes(*number)).collect();
        let json = serde_json::to_string(&values).unwrap();
        let sql = "UPDATE readings SET \"values\" = ?1 WHERE (condition, item, quantity) = (?2, ?3, ?4)";
        assert_eq!(theirs.prepare_cached(sql).unwrap().execute((json, condition, item, quantity)).unwrap(), 1);
    }
    theirs.execute_batch("COMMIT").unwrap();
    theirs.close().unwrap();
    let found = Store::open(&path).unwrap().results().unwrap();
    for (id, quantity) in expected.conditions.keys().flat_map(|id| Quantity::ENTROPIES.map(|quantity| (*id, quantity)))
    {
        assert!(found.readings(id, quantity).eq(expected.readings(id, quantity)), "{id}");
    }
    assert!(!all.is_empty());
}

#[test]
fn items_that_lie_far_apart_take_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("far.polar");
    let store = complete(&path);
    store.connection.execute("INSERT INTO trials VALUES (1, 17000000, 1, NULL, NULL)", []).unwrap();
    let error = store.results().err().unwrap().to_string();
    assert!(error.contains("table trials") && error.contains("17000011"), "{error}");
}

#[test]
fn lists_of_tokens_are_checked_against_the_vocabulary() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.polar");
    let store = complete(&path);
    store.connection.execute("INSERT INTO provenance VALUES ('model_vocabulary', '5')", []).unwrap();
    assert_eq!(store.counted_texts().unwrap()[&3].tokens, [3]);
    for broken in ["[5]", "[]", "[-1]", "[0.5]", "7", "[0"] {
        store.connection.execute("UPDATE texts SET tokens = ? WHERE id = 3", [broken]).unwrap();
        for error in [store.counted_texts().err().unwrap(), store.text_item(3).err().unwrap()] {
            assert!(error.to_string().contains("table texts, row id 3: tokens is"), "{broken}: {error}");
        }
    }
}

/// Gives the arms of a study file the names that they had before version 4 of the schema.
fn name_arms(theirs: &Connection) {
    let mut statement = theirs.prepare("SELECT id, arm FROM conditions").unwrap();
    let all: Vec<(i64, String)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<rusqlite::Result<_>>()
        .unwrap();
    for (id, data) in all {
        let arm: Arm = serde_json::from_str(&data).unwrap();
        theirs.execute("UPDATE conditions SET arm = ?1 WHERE id = ?2", (arm.to_string(), id)).unwrap();
    }
}

#[test]
fn arms_are_data_and_in_older_files_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("older.polar");
    std::fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo.polar"), &path).unwrap();
    let expected = Store::open(&path).unwrap().conditions().unwrap();
    let theirs = Connection::open(&path).unwrap();
    let arm = |theirs: &Connection, of: &str| -> String {
        let sql = format!("SELECT arm FROM conditions WHERE {of}");
        theirs.query_row(&sql, [], |row| row.get(0)).unwrap()
    };
    let both = "arm ->> '$.repaired' = 'both_norms' LIMIT 1";
    assert_eq!(arm(&theirs, both), r#"{"repaired":"both_norms"}"#);
    name_arms(&theirs);
    theirs.pragma_update(None, "user_version", 3).unwrap();
    drop(theirs);
    let mut older = Store::open_to_write(&path).unwrap();
    assert_eq!(older.conditions().unwrap(), expected);
    // What is added to it has its name, too.
    let mut new = expected.values().find(|condition| condition.experiment == Kind::LayerSets).unwrap().clone();
    (new.arm, new.disturbance) = (
        Arm::Set(crate::experiment::LayerSet::Random(77)),
        Some(Disturbance { mode: Mode::Angular, delta: 0.5, seed: 1 }),
    );
    older.add_conditions(std::slice::from_ref(&new), "strict").unwrap();
    drop(older);
    let theirs = Connection::open(&path).unwrap();
    assert_eq!(arm(&theirs, "id = (SELECT MAX(id) FROM conditions)"), "random 77");
    theirs.execute_batch("UPDATE conditions SET arm = 'both norms' WHERE arm = 'random 77'").unwrap();
    drop(theirs);
    let why = Store::open(&path).unwrap().conditions().unwrap_err().to_string();
    assert!(why.contains("expected an arm of layer_sets"), "{why}");
}
