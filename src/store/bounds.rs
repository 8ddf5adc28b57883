//! How much a study file may hold, so that no more memory is taken to show one than its size allows. Tables repeat names and
//! labels dozens of times, and a row of a few bytes becomes a row of several tables: so it is not enough that all of it is
//! in the file.

use super::Store;
use crate::error::Result;
use crate::study;

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;

/// More layers than any model has: the largest have about 130.
pub(super) const MOST_LAYERS: usize = 1000;

/// What one table may hold.
struct Bound {
    table: &'static str,
    rows: u64,
    /// Bytes of all cells of `columns`.
    bytes: u64,
    /// The columns of text, and the most bytes of a cell.
    columns: &'static [(&'static str, u64)],
}

/// Every bound, beside what a study may come to. What a run writes is held to them, too, before it is committed.
const BOUNDS: [Bound; 7] = [
    // 10,000 δ and 100,000 seeds, the most that are allowed, take less; the longest study of configs has 1 kB.
    Bound { table: "study", rows: 1, bytes: study::MOST_BYTES, columns: &[("toml", study::MOST_BYTES)] },
    // About twenty facts, one for each file of the model (200 at most), and one of 40 bytes for each batch that ran in parts.
    Bound { table: "provenance", rows: 100_000, bytes: 4 * MIB, columns: &[("key", 4 * KIB), ("value", 64 * KIB)] },
    // A text may be a whole book, of which the study takes the first tokens: long ones have 6 MB.
    Bound { table: "texts", rows: 1_000_000, bytes: u64::MAX, columns: &[("text", 16 * MIB), ("tokens", 16 * MIB)] },
    Bound {
        table: "pairs",
        // All of BLiMP has 67,000.
        rows: 500_000,
        bytes: u64::MAX,
        columns: &[
            ("paradigm", KIB),
            ("pair_id", KIB),
            ("good", MIB),
            ("bad", MIB),
            ("good_tokens", MIB),
            ("bad_tokens", MIB),
        ],
    },
    Bound { table: "layer_norms", rows: MOST_LAYERS as u64, bytes: 0, columns: &[] },
    // 126 layers × 128 heads repaired one by one, two modes, five seeds: 160,000. Their names have 50 bytes. The heads of all
    // layers in one repair take 130 kB.
    Bound {
        table: "conditions",
        rows: 1_000_000,
        bytes: 64 * MIB,
        columns: &[("arm", KIB), ("protocol", 4 * KIB), ("layers", 64 * KIB), ("repairs", MIB)],
    },
    // 8,192 tokens each, of small models: 4,000 million tokens.
    Bound { table: "batches", rows: 500_000, bytes: 64 * MIB, columns: &[("items", 4 * MIB), ("conditions", 4 * MIB)] },
];

impl Store {
    /// Checks that no table has more rows or longer texts than a study comes to.
    ///
    /// # Errors
    /// [`crate::Error::data`] that names table and column.
    pub(super) fn check_bounds(&self) -> Result<()> {
        BOUNDS.iter().try_for_each(|bound| self.check_bound(bound))
    }

    fn check_bound(&self, Bound { table, rows, bytes, columns }: &Bound) -> Result<()> {
        let of = |(name, _): &(&str, u64)| format!("octet_length(\"{name}\")");
        let lengths: Vec<String> = columns.iter().map(of).collect();
        let sum = if lengths.is_empty() { "0".to_owned() } else { lengths.join(" + ") };
        let longest = lengths.iter().map(|length| format!("MAX({length})"));
        let asked = ["COUNT(*)".to_owned(), format!("TOTAL({sum})")].into_iter().chain(longest).collect::<Vec<_>>();
        let sql = format!("SELECT {} FROM {table}", asked.join(", "));
        let read = |row: &rusqlite::Row<'_>| {
            let longest =
                (0..columns.len()).map(|i| row.get::<_, Option<u64>>(2 + i)).collect::<rusqlite::Result<Vec<_>>>()?;
            Ok((row.get::<_, u64>(0)?, row.get::<_, f64>(1)?, longest))
        };
        let (found, sum, longest) = self.connection.query_row(&sql, [], read).map_err(|error| self.failed(&error))?;
        if found > *rows {
            return Err(self.broken(&format!("table {table}: it has {found} rows; expected at most {rows}")));
        }
        for ((column, most), longest) in columns.iter().zip(longest) {
            if let Some(longest) = longest.filter(|longest| longest > most) {
                return Err(self.broken(&format!(
                    "table {table}: a cell of the column {column} has {longest} bytes; expected at most {most}"
                )));
            }
        }
        if sum > *bytes as f64 {
            let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
            let names = names.join(", ");
            return Err(self.broken(&format!(
                "table {table}: the cells of {names} have {sum:.0} bytes in all; expected at most {bytes}"
            )));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::store::Store;

    #[test]
    fn no_table_holds_more_than_a_study_comes_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("huge.polar");
        drop(Store::create(&path).unwrap());
        let empty = std::fs::read(&path).unwrap();
        let count = |most| format!("WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {most})");
        for (sql, words) in [
            ("INSERT INTO study VALUES (1, zeroblob(1048577))", "table study: a cell of the column toml has 1048577"),
            (
                "INSERT INTO provenance VALUES (printf('%.*c', 4097, 'k'), '')",
                "table provenance: a cell of the column key",
            ),
            ("INSERT INTO provenance VALUES ('k', printf('%.*c', 65537, 'v'))", "the column value has 65537 bytes"),
            (
                &format!("{} INSERT INTO provenance SELECT i, printf('%.*c', 60000, 'v') FROM n", count(99)),
                "the cells of key, value have 6000190 bytes in all; expected at most 4194304",
            ),
            (
                &format!("{} INSERT INTO provenance SELECT i, '' FROM n", count(100_000)),
                "table provenance: it has 100001 rows; expected at most 100000",
            ),
            (
                &format!("{} INSERT INTO layer_norms SELECT i, 1, 1, 1, 1 FROM n", count(1000)),
                "table layer_norms: it has 1001 rows; expected at most 1000",
            ),
            (
                "INSERT INTO conditions (experiment, mode, arm, layers, repairs, protocol)
                 VALUES ('sweep', 'clean', printf('%.*c', 1025, 'a'), '[]', '[]', '')",
                "table conditions: a cell of the column arm has 1025 bytes; expected at most 1024",
            ),
            (
                "INSERT INTO conditions (experiment, mode, arm, layers, repairs, protocol)
                 VALUES ('sweep', 'clean', '', '[]', '[]', printf('%.*c', 4097, 'p'))",
                "column protocol",
            ),
            ("INSERT INTO texts VALUES (0, zeroblob(16777217), '[1]')", "table texts: a cell of the column text"),
            ("INSERT INTO pairs VALUES (0, printf('%.*c', 1025, 'p'), '', '', '', '', '')", "column paradigm"),
            ("INSERT INTO batches VALUES (0, 'sweep', zeroblob(4194305), '[]', 0)", "column items"),
        ] {
            std::fs::write(&path, &empty).unwrap();
            let theirs = rusqlite::Connection::open(&path).unwrap();
            theirs.execute_batch(sql).unwrap();
            drop(theirs);
            let error = Store::open(&path).err().unwrap();
            assert!(error.exit_code() == 65 && error.to_string().contains(words), "{sql}: {error}");
            assert!(error.to_string().contains("huge.polar"), "{error}");
        }
    }

    #[test]
    fn what_could_not_be_opened_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::create(&folder.path().join("f.polar")).unwrap();
        let text = "x".repeat((16 << 20) + 1);
        let error = store.atomically(|store| store.add_texts(&[(text.as_str(), &[1])])).unwrap_err();
        assert!(error.exit_code() == 65 && error.to_string().contains("column text"), "{error}");
        assert!(store.texts().unwrap().is_empty());
    }
}
