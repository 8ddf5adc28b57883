//! Lists of numbers as a study file keeps them.

/// A list of numbers in a cell.
pub(super) enum Raw<'a> {
    /// Each number in 4 bytes of IEEE 754, the least first.
    Bytes(&'a [u8]),
    /// A JSON list, as files of schema 2 have it.
    Json(&'a str),
}

/// The `count` numbers of 4 bytes each; none where there are not so many, or one is not finite.
pub(super) fn from_bytes(bytes: &[u8], count: usize) -> Option<Vec<f32>> {
    let (whole, []) = bytes.as_chunks::<4>() else { return None };
    if whole.len() != count {
        return None;
    }
    let list: Vec<f32> = whole.iter().map(|number| f32::from_le_bytes(*number)).collect();
    list.iter().all(|number| number.is_finite()).then_some(list)
}

/// The cell of `values`, which [`from_bytes`] reads back.
pub(super) fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// The `count` numbers of a JSON list; none where it is not one of so many.
pub(super) fn from_json(list: &str, count: usize) -> Option<Vec<f32>> {
    let inside = list.trim().strip_prefix('[')?.strip_suffix(']')?;
    if inside.trim().is_empty() {
        return (count == 0).then(Vec::new);
    }
    if 1 + inside.bytes().filter(|byte| *byte == b',').count() != count {
        return None;
    }
    let mut list = Vec::with_capacity(count);
    for text in inside.split(',') {
        // What JSON does not know is not finite either.
        let any = || text.trim().parse().ok().filter(|number: &f32| number.is_finite());
        list.push(plain_number(text).or_else(any)?);
    }
    Some(list)
}

/// A number in at most 15 characters, without an exponent: one rounded division, which is many times quicker than what reads
/// every form. None of another form.
#[expect(clippy::cast_possible_truncation, reason = "numbers are kept in single precision")]
fn plain_number(text: &str) -> Option<f32> {
    const POWERS: [f64; 16] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    if digits.len() > 15 || !digits.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let (mut value, mut point) = (0_u64, None);
    for (at, byte) in digits.bytes().enumerate() {
        match byte {
            b'0'..=b'9' => value = 10 * value + u64::from(byte - b'0'),
            b'.' if point.is_none() => point = Some(at),
            _ => return None,
        }
    }
    let decimals = point.map_or(0, |at| digits.len() - at - 1);
    // Both are exact in double precision.
    let size = (value as f64 / POWERS.get(decimals)?) as f32;
    Some(if negative { -size } else { size })
}

#[cfg(test)]
mod tests {
    use super::{bytes, from_bytes, from_json};

    #[test]
    fn numbers_are_read_back_as_they_were_written() {
        let mut written: Vec<f32> = vec![0.0, -0.0, 1.0, -2.5, 1e-7, 3.4e38, f32::MIN_POSITIVE, 16_777_216.0, 0.1];
        written.extend((0..20_000).map(|i| (i as f32 * 0.618_034).sin() * 10f32.powi(i % 9 - 4)));
        let list = serde_json::to_string(&written).unwrap();
        let read = from_json(&list, written.len()).unwrap();
        assert!(written.iter().zip(&read).all(|(a, b)| a.to_bits() == b.to_bits()));
        assert_eq!(read.len(), written.len());
        let read = from_bytes(&bytes(&written), written.len()).unwrap();
        assert!(written.iter().zip(&read).all(|(a, b)| a.to_bits() == b.to_bits()));
        for (broken, count) in [(vec![0; 4], 2), (vec![0; 5], 1), (bytes(&[f32::NAN]), 1), (bytes(&[f32::INFINITY]), 1)]
        {
            assert_eq!(from_bytes(&broken, count), None);
        }
        assert_eq!(from_json(" [ ] ", 0), Some(Vec::new()));
        assert_eq!(from_json("[1, 2.5e1 ,-3]", 3), Some(vec![1.0, 25.0, -3.0]));
        assert_eq!((from_json("[1, 2]", 3), from_json("[1, 2]", 1), from_json("[]", 1)), (None, None, None));
        for broken in ["", "[1", "[1,]", "[null]", "[NaN]", "[inf]", "[1.2.3]", "[1e99]"] {
            for count in 0..4 {
                assert_eq!(from_json(broken, count), None, "{broken}");
            }
        }
    }
}
