//! What is known to go wrong with a tokenizer.json is refused by name before anything is built of it: values that make
//! the tokenizers library panic, ask for gigabytes, or make a text grow without end.

use super::outline::Outline;
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};

/// The most bytes of a token. The longest that is known, of spaces, has some hundred.
const TOKEN: usize = 4096;

/// The most bytes of all tokens with scores: of each byte the library makes a table of its own, some 400 bytes. The
/// largest such vocabulary that is known has 2 MB.
const SCORED: usize = 6 << 20;

/// The most bytes of all added tokens after they have grown: the table that finds them takes some hundred times as much.
const ADDED: usize = 8 << 20;

/// The most times that a text may grow. Known tokenizers stay under 300, those of SentencePiece's normalization included.
const TIMES: usize = 512;

/// The most bytes that may be put before texts.
const PLUS: usize = 1 << 16;

/// The most bytes of a text after it has grown.
const GROWN: usize = 1 << 26;

/// The most steps of a normalizer, pre-tokenizer, post-processor or decoder.
const STEPS: usize = 128;

/// The most bytes of a regular expression, and the most that its repetitions may add up to.
const PATTERN: usize = 10_000;
const REPEATED: usize = 1000;

/// The most special tokens, and texts, that a template may put together.
const SPECIAL: usize = 1000;
const SEQUENCES: usize = 16;

/// How much longer a text can become, at most, in bytes: so many times and so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Growth {
    times: usize,
    plus: usize,
}

impl Growth {
    /// That of the tokenizers that this program builds itself: byte-level ones, which put a space before a text and
    /// write a byte as up to two, and SentencePiece's, which put a mark of three bytes there and for each space.
    pub const OWN: Self = Self { times: 4, plus: 4 };

    const NONE: Self = Self { times: 1, plus: 0 };

    /// The bytes that a text of `length` may become, where that is not too much.
    ///
    /// # Errors
    /// The most bytes that such a text may have.
    pub fn of(self, length: usize) -> Result<usize, usize> {
        let grown = length.saturating_mul(self.times).saturating_add(self.plus);
        if grown <= GROWN { Ok(grown) } else { Err(GROWN.saturating_sub(self.plus) / self.times.max(1)) }
    }

    fn grow(&mut self, times: usize) {
        self.times = self.times.saturating_mul(times);
        self.plus = self.plus.saturating_mul(times);
    }
}

/// Judges `outline`, and returns how much a text can grow.
///
/// # Errors
/// The field, what was found and what was expected.
pub fn check(outline: &Outline) -> Result<Growth, String> {
    check_token(outline.longest).map_err(|why| format!("model.vocab: {why}"))?;
    if outline.scored > SCORED {
        return Err(format!("model.vocab: its tokens have {} bytes; expected at most {SCORED}", outline.scored));
    }
    let part = |name: &str| outline.root.get(name).unwrap_or(&Value::Null);
    if let Some(dropout) = part("model").get("dropout").and_then(Value::as_f64).filter(|dropout| *dropout != 0.0) {
        return Err(format!(
            "model.dropout is {dropout}, so that the tokens of a text would be drawn anew each time; expected null"
        ));
    }
    let mut growth = Growth::NONE;
    Part { name: "normalizer", list: "normalizers" }.walk(part("normalizer"), &mut growth, &mut normalizer)?;
    added_tokens(part("added_tokens"), growth)?;
    Part { name: "pre_tokenizer", list: "pretokenizers" }.walk(
        part("pre_tokenizer"),
        &mut growth,
        &mut pre_tokenizer,
    )?;
    let mut decoded = Growth::NONE;
    Part { name: "decoder", list: "decoders" }.walk(part("decoder"), &mut decoded, &mut decoder)?;
    let mut sequences = Growth::NONE;
    let processor = Part { name: "post_processor", list: "processors" };
    processor.walk(part("post_processor"), &mut sequences, &mut template)?;
    if sequences.times > SEQUENCES {
        return Err(format!(
            "post_processor: it repeats the text {} times; expected at most {SEQUENCES}",
            sequences.times
        ));
    }
    growth.grow(sequences.times);
    Ok(growth)
}

/// Judges the length of a token, which may stand for a single letter of a text.
///
/// # Errors
/// What was found and what was expected.
pub fn check_token(bytes: usize) -> Result<(), String> {
    if bytes > TOKEN {
        return Err(format!("a token has {bytes} bytes; expected at most {TOKEN}"));
    }
    Ok(())
}

/// Judges the added tokens, which the library normalizes where they ask for it, and finds in texts by one table.
fn added_tokens(tokens: &Value, growth: Growth) -> Result<(), String> {
    let mut sum = 0usize;
    for token in tokens.as_array().into_iter().flatten() {
        let length = token.get("content").and_then(Value::as_str).map_or(0, str::len);
        check_token(length).map_err(|why| format!("added_tokens: {why}"))?;
        let is_normalized = token.get("normalized") != Some(&Value::Bool(false));
        let grown = if is_normalized { growth.of(length).unwrap_or(GROWN) } else { length };
        sum = sum.saturating_add(grown);
    }
    if sum > ADDED {
        return Err(format!("added_tokens: normalized, they may have {sum} bytes; expected at most {ADDED}"));
    }
    Ok(())
}

/// A part of a tokenizer, which may be a list of steps.
struct Part {
    name: &'static str,
    list: &'static str,
}

type Step<'a> = dyn FnMut(&Map<String, Value>, &mut Growth) -> Result<(), String> + 'a;

impl Part {
    fn walk(&self, value: &Value, growth: &mut Growth, step: &mut Step) -> Result<(), String> {
        self.steps(value, growth, step, &mut 0)?;
        if growth.times > TIMES || growth.plus > PLUS {
            return Err(format!("{}: it can make a text more than {TIMES} times as long", self.name));
        }
        Ok(())
    }

    fn steps(&self, value: &Value, growth: &mut Growth, step: &mut Step, count: &mut usize) -> Result<(), String> {
        let fields = match value {
            Value::Object(fields) => fields,
            Value::Null => return Ok(()),
            _ => return Err(format!("{}: expected an object for each step", self.name)),
        };
        *count += 1;
        if *count > STEPS {
            return Err(format!("{}: it has more than {STEPS} steps", self.name));
        }
        if let Some(Value::Array(list)) = fields.get(self.list) {
            list.iter().try_for_each(|value| self.steps(value, growth, step, count))?;
        }
        step(fields, growth).map_err(|why| format!("{}: {why}", self.name))
    }
}

fn kind(fields: &Map<String, Value>) -> &str {
    fields.get("type").and_then(Value::as_str).unwrap_or_default()
}

fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    fields.get(name).and_then(Value::as_str)
}

fn normalizer(fields: &Map<String, Value>, growth: &mut Growth) -> Result<(), String> {
    if let Some(map) = text(fields, "precompiled_charsmap") {
        growth.grow(longest_replacement(map)?);
    }
    if let Some(start) = text(fields, "prepend") {
        growth.plus = growth.plus.saturating_add(start.len());
    }
    replaced(fields, growth)?;
    growth.grow(match kind(fields) {
        "Strip" | "StripAccents" | "Nmt" | "Precompiled" | "Prepend" | "Replace" | "Sequence" => 1,
        "Lowercase" | "ByteLevel" => 2,
        "NFC" | "NFD" => 3,
        // The longest compatibility decomposition in UTF-8, that of U+FDFA.
        "NFKC" | "NFKD" => 11,
        _ => 12,
    });
    Ok(())
}

fn pre_tokenizer(fields: &Map<String, Value>, growth: &mut Growth) -> Result<(), String> {
    if let Some(pattern) = fields.get("pattern") {
        regex(pattern)?;
    }
    if fields.get("length").is_some_and(|length| length.as_u64() == Some(0)) {
        return Err("a length of 0; expected pieces of at least one character".to_owned());
    }
    growth.grow(match kind(fields) {
        "ByteLevel" if fields.get("add_prefix_space") == Some(&Value::Bool(false)) => 2,
        "ByteLevel" => 4,
        "Metaspace" => 1 + text(fields, "replacement").map_or(4, str::len),
        "BertPreTokenizer" | "Whitespace" | "WhitespaceSplit" | "Split" | "Punctuation" | "Digits" | "Delimiter"
        | "CharDelimiterSplit" | "UnicodeScripts" | "FixedLength" | "Sequence" => 1,
        _ => 5,
    });
    Ok(())
}

fn decoder(fields: &Map<String, Value>, growth: &mut Growth) -> Result<(), String> {
    replaced(fields, growth)?;
    growth.grow(match kind(fields) {
        "ByteFallback" | "Metaspace" | "Fuse" | "Strip" | "Replace" | "Sequence" => 1,
        "BPEDecoder" | "CTC" | "WordPiece" => 2,
        _ => 3,
    });
    Ok(())
}

/// A step that puts one text in the place of another, where it is one.
fn replaced(fields: &Map<String, Value>, growth: &mut Growth) -> Result<(), String> {
    let Some(pattern) = fields.get("pattern") else { return Ok(()) };
    let content = text(fields, "content").map_or(0, str::len);
    regex(pattern)?;
    let times = match pattern.get("String").and_then(Value::as_str) {
        Some(pattern) if !pattern.is_empty() => content.div_ceil(pattern.len()).max(1),
        // It may be found between any two letters.
        None if pattern.get("Regex").and_then(Value::as_str) != Some("") => 1 + content,
        _ => return Err("the pattern of a Replace is empty; expected what is to be replaced".to_owned()),
    };
    growth.grow(times);
    Ok(())
}

/// Judges a regular expression, of which the library compiles every part and every repetition.
fn regex(pattern: &Value) -> Result<(), String> {
    let Some(pattern) = pattern.get("Regex").and_then(Value::as_str) else { return Ok(()) };
    if pattern.len() > PATTERN {
        return Err(format!("a regular expression of {} bytes; expected at most {PATTERN}", pattern.len()));
    }
    let mut repeated = 0usize;
    for part in pattern.split('{').skip(1) {
        let Some((counts, _)) = part.split_once('}') else { continue };
        let most = counts.split(',').filter_map(|count| count.trim().parse::<usize>().ok()).max();
        repeated = repeated.saturating_add(most.unwrap_or(0));
    }
    if repeated > REPEATED {
        return Err(format!(
            "the repetitions of a regular expression add up to {repeated}; expected at most {REPEATED}"
        ));
    }
    Ok(())
}

/// Bytes of the longest text that SentencePiece's table of replacements puts in the place of a letter. Its form: the
/// size of a trie in four bytes, the trie, and the texts, each with a zero at its end.
fn longest_replacement(map: &str) -> Result<usize, String> {
    let lenient = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let bytes = GeneralPurpose::new(&STANDARD, lenient)
        .decode(map)
        .map_err(|error| format!("precompiled_charsmap is not base64: {error}"))?;
    let parts = bytes.split_first_chunk::<4>().and_then(|(size, rest)| {
        let size = usize::try_from(u32::from_le_bytes(*size)).ok()?;
        // The library reads whole units of four bytes.
        rest.get(size / 4 * 4..).map(|texts| (size, texts))
    });
    match parts {
        Some((size, texts)) if size >= 4 => {
            Ok(texts.split(|byte| *byte == 0).map(<[u8]>::len).max().unwrap_or(0).max(1))
        }
        _ => Err(format!(
            "precompiled_charsmap has {} bytes, fewer than its table of replacements; it was cut short",
            bytes.len()
        )),
    }
}

/// A step that adds special tokens; `growth` counts how often the text is there.
fn template(fields: &Map<String, Value>, growth: &mut Growth) -> Result<(), String> {
    let (Some(Value::Array(single)), known) = (fields.get("single"), fields.get("special_tokens")) else {
        return Ok(());
    };
    let (mut sequences, mut special) = (0usize, 0usize);
    for piece in single {
        let id = |kind: &str| piece.get(kind)?.get("id")?.as_str();
        match (id("SpecialToken"), id("Sequence")) {
            (Some(id), None) => {
                let ids = known.and_then(|known| known.get(id)?.get("ids")?.as_array());
                let Some(ids) = ids else {
                    return Err(format!("the template names the token \"{id}\", which special_tokens does not have"));
                };
                special = special.saturating_add(ids.len());
            }
            (None, Some("A")) => sequences += 1,
            (None, Some(_)) => return Err("the template for single texts names a second text".to_owned()),
            _ => return Err("the template has a piece that is neither a special token nor a text".to_owned()),
        }
    }
    if special > SPECIAL || single.len() > SPECIAL {
        return Err(format!("the template adds more than {SPECIAL} special tokens"));
    }
    growth.grow(sequences.max(1));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check_all(root: &Value) -> Result<Growth, String> {
        check(&Outline::read(&root.to_string())?)
    }

    fn message(root: &Value) -> String {
        check_all(root).unwrap_err()
    }

    /// SentencePiece's table: a trie of one unit and `texts`.
    fn map(size: u32, texts: &str) -> String {
        let bytes = [&size.to_le_bytes()[..], &[0; 4], texts.as_bytes()].concat();
        base64::engine::general_purpose::STANDARD.encode(bytes)
    }

    #[test]
    fn what_makes_texts_grow_without_end_is_refused() {
        let replace = json!({ "type": "Replace", "pattern": { "String": "t" }, "content": "tttttttttt" });
        let steps = |count: usize| json!({ "type": "Sequence", "normalizers": vec![replace.clone(); count] });
        assert_eq!(check_all(&json!({ "normalizer": steps(2) })), Ok(Growth { times: 100, plus: 0 }));
        let m = message(&json!({ "normalizer": steps(9) }));
        assert!(m.starts_with("normalizer: it can make a text more than 512 times as long"), "{m}");
        let decoder = json!({ "type": "Sequence", "decoders": vec![replace; 9] });
        assert!(message(&json!({ "decoder": decoder })).starts_with("decoder: it can make"));
        let bytes = json!({ "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true });
        let bytes = json!({ "type": "Sequence", "pretokenizers": vec![bytes; 64] });
        assert!(message(&json!({ "pre_tokenizer": bytes })).starts_with("pre_tokenizer: it can make"));
        let long = json!({ "type": "Precompiled", "precompiled_charsmap": map(4, &"x".repeat(1000)) });
        assert!(message(&json!({ "normalizer": long })).starts_with("normalizer: it can make"));
    }

    #[test]
    fn known_tokenizers_are_within_the_bounds() {
        let llama = json!({ "normalizer": { "type": "Sequence", "normalizers": [
            { "type": "Prepend", "prepend": "▁" },
            { "type": "Replace", "pattern": { "String": " " }, "content": "▁" }] } });
        assert_eq!(check_all(&llama), Ok(Growth { times: 3, plus: 9 }));
        let t5 = json!({
            "normalizer": { "type": "Sequence", "normalizers": [
                { "type": "Precompiled", "precompiled_charsmap": map(4, &format!("{}\0x\0", "y".repeat(33))) },
                { "type": "Replace", "pattern": { "Regex": " {2,}" }, "content": " " }] },
            "pre_tokenizer": { "type": "Sequence", "pretokenizers": [
                { "type": "WhitespaceSplit" }, { "type": "Metaspace", "replacement": "▁" }] } });
        assert_eq!(check_all(&t5), Ok(Growth { times: 264, plus: 0 }));
        assert_eq!(check_all(&json!({ "pre_tokenizer": null })), Ok(Growth::NONE));
        assert_eq!(Growth { times: 2, plus: 4 }.of(10), Ok(24));
        assert_eq!(Growth { times: 2, plus: 4 }.of(GROWN), Err(GROWN / 2 - 2));
    }

    #[test]
    fn every_refusal_names_its_field() {
        let template = |single: Value| {
            json!({ "post_processor": { "type": "TemplateProcessing", "single": single,
            "pair": [], "special_tokens": { "a": { "id": "a", "ids": [1], "tokens": ["a"] } } } })
        };
        let special = |id: &str| json!({ "SpecialToken": { "id": id, "type_id": 0 } });
        let regex = |pattern: &str| json!({ "pre_tokenizer": { "type": "Split", "pattern": { "Regex": pattern } } });
        for (root, part) in [
            (template(json!([special("zz")])), "post_processor: the template names the token \"zz\""),
            (template(json!([{ "Sequence": { "id": "B", "type_id": 0 } }])), "names a second text"),
            (template(json!(vec![json!({ "Sequence": { "id": "A" } }); 17])), "repeats the text 17 times"),
            (template(json!(vec![special("a"); 1001])), "more than 1000 special tokens"),
            (template(json!([{ "SpecialToken": ["a", 0] }])), "neither a special token nor a text"),
            (json!({ "model": { "vocab": vec![json!(["x".repeat(4096), 0]); 1600] } }), "have 6553600 bytes"),
            (json!({ "normalizer": [{ "String": "a" }, "b"] }), "normalizer: expected an object"),
            (json!({ "normalizer": { "type": "Precompiled", "precompiled_charsmap": "/////w==" } }), "cut short"),
            (json!({ "normalizer": { "type": "Precompiled", "precompiled_charsmap": "AAAA" } }), "cut short"),
            (json!({ "normalizer": { "type": "Precompiled", "precompiled_charsmap": "*" } }), "not base64"),
            (json!({ "normalizer": { "type": "Replace", "pattern": { "Regex": "" }, "content": "" } }), "is empty"),
            (json!({ "normalizer": { "type": "Replace", "pattern": { "String": "" }, "content": "" } }), "is empty"),
            (json!({ "pre_tokenizer": { "type": "FixedLength", "length": 0 } }), "pre_tokenizer: a length of 0"),
            (regex(&"a".repeat(10_001)), "pre_tokenizer: a regular expression of 10001 bytes"),
            (regex("(?=(a{900}){900})"), "add up to 1800"),
            (json!({ "added_tokens": [{ "content": "x".repeat(5000) }] }), "added_tokens: a token has 5000 bytes"),
            (
                json!({ "added_tokens": vec![json!({ "content": "x".repeat(4096) }); 2049] }),
                "added_tokens: normalized, they may have 8392704 bytes",
            ),
            (json!({ "model": { "vocab": { "x".repeat(5000): 1 } } }), "model.vocab: a token has 5000 bytes"),
            (
                json!({ "decoder": { "type": "Sequence", "decoders": vec![json!({ "type": "Fuse" }); 200] } }),
                "128 steps",
            ),
        ] {
            let m = message(&root);
            assert!(m.contains(part), "{m}");
        }
        check_all(&regex(r"\p{N}{1,3}| ?\p{L}+|\s+(?!\S)")).unwrap();
        check_all(&template(json!([special("a"), { "Sequence": { "id": "A", "type_id": 0 } }]))).unwrap();
    }
}
