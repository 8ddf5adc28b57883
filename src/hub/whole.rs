//! Whether a file of the cache is all there. A name says nothing: its link may lead nowhere, the copying of a cache may have
//! made a text of the link, a disk may have been full.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// Whether the file at `path` opens and has the beginning and the end that files of its name have. What is between them only
/// who reads it sees.
#[must_use]
pub fn is_whole(path: &Path) -> bool {
    path.file_name().is_some_and(|name| is_whole_as(&name.to_string_lossy(), path))
}

/// Whether the name `path` is there and its file is not whole.
#[must_use]
pub fn is_torn(path: &Path) -> bool {
    path.symlink_metadata().is_ok() && !is_whole(path)
}

/// As [`is_whole`] of a file that is called `name` elsewhere.
pub(super) fn is_whole_as(name: &str, path: &Path) -> bool {
    let look = || {
        let mut file = File::open(path).ok()?;
        let length = Some(file.metadata().ok()?).filter(std::fs::Metadata::is_file)?.len();
        let start = part(&mut file, 0, EDGE)?;
        let end = part(&mut file, length.saturating_sub(EDGE), EDGE)?;
        let is_link = start.starts_with(b"../") && length <= EDGE && start.windows(6).any(|part| part == b"blobs/");
        Some(length > 0 && !is_link && fits(name, length, &start, &end, &mut file))
    };
    look().unwrap_or(false)
}

/// Bytes that are looked at on either side; a link in text has fewer.
const EDGE: u64 = 1 << 10;

fn part(file: &mut File, from: u64, most: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(from)).ok()?;
    file.take(most).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// Whether a file called `name` of `length` bytes may begin with `start` and end with `end`.
fn fits(name: &str, length: u64, start: &[u8], end: &[u8], file: &mut File) -> bool {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("json") => {
            let start = start.trim_ascii_start();
            let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
            // A number that is not one or a comma too many is for the reader to name.
            start.starts_with(b"{") && end.trim_ascii_end().ends_with(b"}")
                || start.starts_with(b"[") && end.trim_ascii_end().ends_with(b"]")
        }
        Some("safetensors") => safetensors_end(start, file) == Some(length),
        // The old form of torch.save is no zip archive; its reader says so.
        Some("bin") if start.starts_with(b"PK") => end.windows(4).any(|part| part == b"PK\x05\x06"),
        Some("parquet") => length >= 12 && start.starts_with(b"PAR1") && end.ends_with(b"PAR1"),
        _ => true,
    }
}

/// Where a safetensors file ends, as its header says it.
fn safetensors_end(start: &[u8], file: &mut File) -> Option<u64> {
    /// No header of the format may be longer.
    const LONGEST: u64 = 100_000_000;
    let header = u64::from_le_bytes(start.get(..8)?.try_into().ok()?);
    if header > LONGEST {
        return None;
    }
    let text = part(file, 8, header)?;
    let parsed: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&text).ok()?;
    let mut data = 0;
    for (_, tensor) in parsed.iter().filter(|(name, _)| *name != "__metadata__") {
        data = data.max(tensor.get("data_offsets")?.get(1)?.as_u64()?);
    }
    header.checked_add(8)?.checked_add(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn safetensors(values: usize) -> Vec<u8> {
        let header = format!(
            "{{\"__metadata__\":{{}},\"a\":{{\"dtype\":\"F32\",\"shape\":[{values}],\"data_offsets\":[0,{}]}}}}",
            4 * values
        );
        [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &vec![0; 4 * values]].concat()
    }

    #[test]
    fn a_file_is_whole_where_both_its_ends_are_there() {
        let folder = tempfile::tempdir().unwrap();
        let whole = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            is_whole(&path)
        };
        let weights = safetensors(2000);
        let zip = [b"PK\x03\x04".as_slice(), &[7; 5000], b"PK\x05\x06", &[0; 18]].concat();
        let table = [b"PAR1".as_slice(), &[7; 5000], b"PAR1"].concat();
        let long = format!(" {{\"a\": \"{}\"}}\n", "b".repeat(5000)).into_bytes();
        let files: [(&str, &[u8]); 4] = [
            ("model.safetensors", &weights),
            ("pytorch_model.bin", &zip),
            ("train.parquet", &table),
            ("tokenizer.json", &long),
        ];
        let link = format!("../../blobs/{}", "a".repeat(64)).into_bytes();
        for (name, bytes) in files {
            assert!(whole(name, bytes), "{name}");
            for part in [&bytes[..bytes.len() - 19], &bytes[..bytes.len() / 2], &bytes[..3], &[], &link] {
                assert!(!whole(name, part), "{name} of {} bytes", part.len());
            }
        }
        assert!(!whole("model.safetensors", &[weights, vec![0]].concat()));
        assert!(whole("pytorch_model.bin", b"\x80\x02 the old form") && whole("merges.txt", b"a b\n"));
        assert!(!whole("merges.txt", &link) && !whole("merges.txt", b""));
        assert!(whole("config.json", "\u{feff}{}".as_bytes()) && !whole("config.json", b"{\"a\": 1,"));
        assert!(!is_whole(&folder.path().join("nothing")) && !is_torn(&folder.path().join("nothing")));
        assert!(!is_whole(folder.path()), "a folder is no file");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_nothing_is_torn() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("config.json");
        std::os::unix::fs::symlink("../../blobs/gone", &link).unwrap();
        assert!(is_torn(&link) && !is_whole(&link));
    }
}
