//! What text files hold: UTF-8, with or without a byte order mark.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The mark that some editors put at the start of a text file.
pub const MARK: char = '\u{feff}';

/// How files in other encodings begin; the longer beginning first.
const OTHERS: [(&[u8], &str); 4] = [
    (&[0xff, 0xfe, 0, 0], "UTF-32, little-endian"),
    (&[0, 0, 0xfe, 0xff], "UTF-32, big-endian"),
    (&[0xff, 0xfe], "UTF-16, little-endian"),
    (&[0xfe, 0xff], "UTF-16, big-endian"),
];

/// Returns the text in the bytes of a file, without the byte order mark at its start: that is no part of the content.
///
/// # Errors
/// What the bytes are instead, in words that follow the file's name.
pub fn decode(bytes: &[u8]) -> Result<&str, String> {
    if let Some((_, name)) = OTHERS.iter().find(|(start, _)| bytes.starts_with(start)) {
        return Err(format!("is text in {name}; expected UTF-8: save it anew in that encoding"));
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|error| format!("not UTF-8 text (the first bad byte is at {})", error.valid_up_to()))?;
    if text.contains('\0') {
        return Err(
            "holds the character U+0000, as text in UTF-16 without a byte order mark does; expected UTF-8: save \
                    it anew in that encoding"
                .to_owned(),
        );
    }
    Ok(without_mark(text))
}

/// Returns `text` without a byte order mark at its start.
pub fn without_mark(text: &str) -> &str {
    text.strip_prefix(MARK).unwrap_or(text)
}

/// Returns the bytes of the file at `path`, which has to be one of at most `most` bytes.
///
/// # Errors
/// Why it cannot be read, in words that follow the file's name.
pub fn read_at_most(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    let cannot = |error: std::io::Error| format!("cannot be read: {error}");
    let mut bytes = Vec::new();
    File::open(path).map_err(cannot)?.take(most + 1).read_to_end(&mut bytes).map_err(cannot)?;
    if bytes.len() as u64 > most {
        return Err(format!("is larger than {} MiB, which no such file is", most >> 20));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_at_the_start_is_no_content() {
        assert_eq!(decode(b"\xef\xbb\xbfone"), Ok("one"));
        assert_eq!(decode("one\u{feff}".as_bytes()), Ok("one\u{feff}"));
        assert_eq!(decode(b""), Ok(""));
    }

    #[test]
    fn other_encodings_are_named() {
        let utf_16: Vec<u8> = "\u{feff}one".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(decode(&utf_16).unwrap_err().contains("UTF-16, little-endian"));
        let utf_16: Vec<u8> = "\u{feff}one".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert!(decode(&utf_16).unwrap_err().contains("UTF-16, big-endian"));
        assert!(decode(b"\xff\xfe\0\0o\0\0\0").unwrap_err().contains("UTF-32"));
        assert_eq!(decode(b"one\xff").unwrap_err(), "not UTF-8 text (the first bad byte is at 3)");
    }

    #[test]
    fn a_file_that_is_too_large_is_not_read() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), [b' '; 100]).unwrap();
        assert_eq!(read_at_most(file.path(), 100).unwrap().len(), 100);
        assert!(read_at_most(file.path(), 99).unwrap_err().contains("is larger than"));
    }
}
