//! GGUF files: SentencePiece tokenizers, what is not supported, and broken headers.

mod common;

use assert_cmd::Command;
use common::load;
use polarscope::study::SpecialTokens;
use serde_json::Value;
use std::path::{Path, PathBuf};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(fixture(name)).unwrap()
}

/// A file `model.gguf` that is changed again and again.
struct Scratch(tempfile::TempDir);

impl Scratch {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> String {
        self.0.path().join("model.gguf").display().to_string()
    }

    fn write(&self, bytes: &[u8]) -> &Self {
        std::fs::write(self.path(), bytes).unwrap();
        self
    }

    fn trouble(&self) -> String {
        let error = load(&self.path()).err().unwrap();
        assert_eq!(error.exit_code(), 65, "{error}");
        error.to_string()
    }
}

/// A key with the type and the bytes of its value.
fn entry(key: &str, kind: u32, value: &[u8]) -> Vec<u8> {
    [&text(key), &kind.to_le_bytes()[..], value].concat()
}

fn text(text: &str) -> Vec<u8> {
    [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat()
}

/// `file` with `entry` and at least `padding` bytes before all its entries; what follows stays aligned.
fn with(file: &[u8], entry: &[u8], padding: usize) -> Vec<u8> {
    let (counts, rest) = file.split_at(24);
    let count = u64::from_le_bytes(counts[16..].try_into().unwrap());
    let before = self::entry("padding", STRING, &text(""));
    let length = (padding + before.len() + entry.len()).next_multiple_of(32) - before.len() - entry.len();
    let padding = self::entry("padding", STRING, &text(&"x".repeat(length)));
    [&counts[..16], &(count + 2).to_le_bytes(), &padding, entry, rest].concat()
}

const BOOL: u32 = 7;
const UINT: u32 = 4;
const FLOAT: u32 = 6;
const STRING: u32 = 8;
const ARRAY: u32 = 9;

/// `file` with the bytes after `key` and the type of its value replaced.
fn patched(file: &[u8], key: &str, value: &[u8]) -> Vec<u8> {
    let at = file.windows(key.len()).position(|window| window == key.as_bytes()).unwrap() + key.len() + 4;
    let mut file = file.to_vec();
    file[at..at + value.len()].copy_from_slice(value);
    file
}

#[test]
fn sentencepiece_gives_the_ids_of_the_published_tokenizer() {
    let path = fixture("sentencepiece.gguf").display().to_string();
    let model = load(&path).unwrap();
    assert_eq!(model.remarks, Vec::<String>::new());
    let tokens = model.tokens().unwrap();
    let cases: Vec<Value> = serde_json::from_slice(&bytes("sentencepiece.json")).unwrap();
    assert!(cases.len() > 20);
    for case in cases {
        let text = case["text"].as_str().unwrap();
        let ids: Vec<u32> = serde_json::from_value(case["ids"].clone()).unwrap();
        assert_eq!(tokens.encode(text, SpecialTokens::Tokenizer, 64).unwrap(), ids, "{text:?}");
        assert_eq!(tokens.encode(text, SpecialTokens::None, 64).unwrap(), ids[1..], "{text:?}");
    }
}

#[test]
fn the_tokenizers_settings_are_obeyed() {
    let file = bytes("sentencepiece.gguf");
    let scratch = Scratch::new();
    let ids = |key: &str, value: u8, text: &str| {
        scratch.write(&with(&file, &entry(&format!("tokenizer.ggml.{key}"), BOOL, &[value]), 0));
        load(&scratch.path()).unwrap().tokens().unwrap().encode(text, SpecialTokens::Tokenizer, 64).unwrap()
    };
    // 265 is "▁the", 262 "the", 312 "▁cat".
    assert_eq!(ids("add_bos_token", 1, "the cat"), [1, 265, 312]);
    assert_eq!(ids("add_bos_token", 0, "the cat"), [265, 312]);
    assert_eq!(ids("add_eos_token", 1, "the cat"), [1, 265, 312, 2]);
    assert_eq!(ids("add_space_prefix", 0, "the cat"), [1, 262, 312]);
    // What is not said is as in llama.cpp: token 1 stands before a text.
    scratch.write(&renamed(&file, "tokenizer.ggml.bos_token_id", "tokenizer.ggml.bos_token_ix"));
    let tokens = load(&scratch.path()).unwrap().tokens.unwrap();
    assert_eq!(tokens.encode("the cat", SpecialTokens::Tokenizer, 64).unwrap(), [1, 265, 312]);
}

#[test]
fn a_tokenizer_that_cannot_be_used_leaves_a_model_without_one() {
    let sentencepiece = bytes("sentencepiece.gguf");
    let bpe = bytes("llama.gguf");
    let scratch = Scratch::new();
    for (file, part) in [
        (patched(&sentencepiece, "tokenizer.ggml.model", &text("t5_ab")), "tokenizer.ggml.model \"t5_ab\""),
        (patched(&bpe, "tokenizer.ggml.pre", &text("falcon")), "tokenizer.ggml.pre is \"falcon\""),
        (renamed(&bpe, "tokenizer.ggml.pre", "tokenizer.ggml.prx"), "tokenizer.ggml.pre is missing"),
        (pre(&bpe, "default"), "tokenizer.ggml.pre is \"default\""),
        (
            with(&sentencepiece, &entry("tokenizer.ggml.remove_extra_whitespaces", BOOL, &[1]), 0),
            "tokenizer.ggml.remove_extra_whitespaces",
        ),
        (with(&bpe, &entry("tokenizer.ggml.normalizer.lowercase", BOOL, &[1]), 0), "normalizer.lowercase"),
        (patched(&sentencepiece, "tokenizer.ggml.unknown_token_id", &[0xff; 4]), "unknown_token_id is 4294967295"),
    ] {
        let model = load(&scratch.write(&file).path()).unwrap();
        let error = model.tokens().err().unwrap();
        assert_eq!(error.exit_code(), 65);
        assert!(error.to_string().contains(part) && error.to_string().contains("texts need a tokenizer"), "{error}");
    }
}

/// `file` with the key `from` called `to`, which is as long.
fn renamed(file: &[u8], from: &str, to: &str) -> Vec<u8> {
    let at = file.windows(from.len()).position(|window| window == from.as_bytes()).unwrap();
    let mut file = file.to_vec();
    file[at..at + to.len()].copy_from_slice(to.as_bytes());
    file
}

/// `file` with another kind of splitting.
fn pre(file: &[u8], kind: &str) -> Vec<u8> {
    let file = renamed(file, "tokenizer.ggml.pre", "tokenizer.ggml.prx");
    with(&file, &entry("tokenizer.ggml.pre", STRING, &text(kind)), 0)
}

#[test]
fn llama_3_and_its_kin_begin_with_the_bos_token_and_keep_words_that_are_tokens() {
    let scratch = Scratch::new();
    // Without the key that the file has: nothing is said of the beginning of a text.
    let file = renamed(&bytes("llama.gguf"), "tokenizer.ggml.add_bos_token", "tokenizer.ggml.add_bos_tokex");
    let ids = |file: &[u8]| {
        load(&scratch.write(file).path())
            .unwrap()
            .tokens()
            .unwrap()
            .encode("the", SpecialTokens::Tokenizer, 64)
            .unwrap()
    };
    for kind in
        ["llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2", "jina-v5-nano"]
    {
        let found = ids(&pre(&file, kind));
        assert_eq!(found[0], 1, "{kind}");
        let off = with(&pre(&file, kind), &entry("tokenizer.ggml.add_bos_token", BOOL, &[0]), 0);
        assert_eq!(ids(&off), found[1..], "{kind}");
    }
    for kind in ["smaug-bpe", "gpt-2", "smollm", "qwen2"] {
        assert_ne!(ids(&pre(&file, kind))[0], 1, "{kind}");
    }
}

/// llama.cpp divides all positions by a factor that stands under one of two keys, whatever is said of its kind but that
/// there is none.
#[test]
fn linear_scaling_gives_what_the_folder_gives_with_it() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["config.json", "model.safetensors", "tokenizer.json"] {
        std::fs::copy(fixture("llama").join(name), folder.path().join(name)).unwrap();
    }
    let path = folder.path().join("config.json");
    let mut config: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let spec = |id: &str| load(id).unwrap().decoder.spec().clone();
    let plain = spec(folder.path().to_str().unwrap());
    config["rope_scaling"] = serde_json::json!({ "type": "linear", "factor": 4.0 });
    std::fs::write(path, config.to_string()).unwrap();
    let scaled = spec(folder.path().to_str().unwrap());
    assert_ne!(scaled, plain);

    let (file, scratch) = (bytes("llama.gguf"), Scratch::new());
    let number = |key: &str, value: f32| entry(key, FLOAT, &value.to_le_bytes());
    let factor = number("llama.rope.scaling.factor", 4.0);
    let old = number("llama.rope.scale_linear", 4.0);
    let kind = |kind: &str| entry("llama.rope.scaling.type", STRING, &text(kind));
    let of = |entries: &[&[u8]]| {
        let file = entries.iter().fold(file.clone(), |file, entry| with(&file, entry, 0));
        scratch.write(&file);
        spec(&scratch.path())
    };
    for entries in
        [&[&factor[..]][..], &[&old], &[&factor, &old], &[&kind("linear"), &factor], &[&kind("linear"), &old]]
    {
        assert_eq!(of(entries), scaled);
    }
    assert_eq!(of(&[&kind("none"), &factor]), plain);
    assert_eq!(of(&[&number("llama.rope.scaling.factor", 0.0)]), plain);
    // Of two that differ the newer key decides, even where it says that there is none.
    for (new, old, expected) in [(4.0, 8.0, &scaled), (0.0, 4.0, &plain)] {
        let new = number("llama.rope.scaling.factor", new);
        let old = number("llama.rope.scale_linear", old);
        assert_eq!(of(&[&new, &old]), *expected);
        let remarks = load(&scratch.path()).unwrap().remarks;
        assert!(remarks.len() == 1 && remarks[0].starts_with("llama.rope.scale_linear is"), "{remarks:?}");
    }
    scratch.write(&with(&file, &kind("yarn"), 0));
    assert!(scratch.trouble().contains("llama.rope.scaling.type is \"yarn\""));
}

#[test]
fn keys_that_change_the_model_are_refused_and_those_that_are_left_out_told_of() {
    let (file, scratch) = (bytes("llama.gguf"), Scratch::new());
    let number = |value: f32| value.to_le_bytes().to_vec();
    for (key, kind, value) in [
        ("llama.attention.clamp_kqv", FLOAT, number(8.0)),
        ("llama.logit_scale", FLOAT, number(0.5)),
        ("llama.rope.scaling.attn_factor", FLOAT, number(1.5)),
        ("llama.expert_count", UINT, 8u32.to_le_bytes().to_vec()),
        ("llama.attention.value_length", UINT, 8u32.to_le_bytes().to_vec()),
        ("llama.rope.freq_base", STRING, text("500000")),
    ] {
        let file = if key.ends_with("freq_base") { renamed(&file, key, "llama.rope.freq_basx") } else { file.clone() };
        let message = scratch.write(&with(&file, &entry(key, kind, &value), 0)).trouble();
        assert!(message.contains(key), "{message}");
    }
    for key in ["llama.new_setting", "llama.attention.sliding_window", "tokenizer.ggml.new_setting"] {
        scratch.write(&with(&file, &entry(key, FLOAT, &number(2.0)), 0));
        let remarks = load(&scratch.path()).unwrap().remarks;
        assert!(remarks.len() == 1 && remarks[0].contains(key), "{remarks:?}");
    }
}

/// `file` with the tensor `like` there a second time, called `name`.
fn with_tensor(file: &[u8], like: &str, name: &str) -> Vec<u8> {
    let at = file.windows(like.len()).position(|window| window == like.as_bytes()).unwrap();
    let end = at + like.len();
    let dims = u32::from_le_bytes(file[end..end + 4].try_into().unwrap()) as usize;
    let info = [&text(name), &file[end..end + 4 + 8 * dims + 4 + 8]].concat();
    let mut file = file.to_vec();
    let tensors = u64::from_le_bytes(file[8..16].try_into().unwrap());
    file[8..16].copy_from_slice(&(tensors + 1).to_le_bytes());
    file.splice(at - 8..at - 8, info.iter().copied());
    // What follows stays aligned, as `with` leaves it, once the length of the new piece is made up for.
    let before = entry("more", STRING, &text("")).len();
    let padding = (info.len() + before).next_multiple_of(32) - info.len() - before;
    let entries = u64::from_le_bytes(file[16..24].try_into().unwrap());
    file[16..24].copy_from_slice(&(entries + 1).to_le_bytes());
    file.splice(24..24, entry("more", STRING, &text(&"x".repeat(padding))));
    file
}

#[test]
fn tensors_with_hugging_face_names_are_told_of() {
    let (file, scratch) = (bytes("llama.gguf"), Scratch::new());
    let plain = load(&scratch.write(&file).path()).unwrap();
    for (like, name, called) in [
        ("token_embd.weight", "lm_head.weight", "output.weight"),
        ("blk.0.ffn_norm.weight", "model.embed_tokens.weight", "token_embd.weight"),
        ("blk.0.attn_q.weight", "model.layers.0.self_attn.k_proj.weight", "blk.0.attn_k.weight"),
    ] {
        let model = load(&scratch.write(&with_tensor(&file, like, name)).path()).unwrap();
        assert_eq!(model.decoder.spec(), plain.decoder.spec());
        let [remark] = model.remarks.as_slice() else { panic!("{:?}", model.remarks) };
        assert!(remark.contains(name) && remark.ends_with(called), "{remark}");
    }
}

#[test]
fn numbers_that_cannot_be_are_refused_under_the_names_that_the_file_has() {
    let (file, scratch) = (bytes("llama.gguf"), Scratch::new());
    let heads = patched(&file, "llama.attention.head_count", &3u32.to_le_bytes());
    for (file, part) in [
        (with(&file, &entry("llama.rope.scaling.factor", FLOAT, &(-2f32).to_le_bytes()), 0), "scaling.factor is -2"),
        (heads, "head_count"),
        (patched(&file, "llama.block_count", &0u32.to_le_bytes()), "llama.block_count is 0"),
        (patched(&file, "llama.block_count", &9u32.to_le_bytes()), "the metadata asks for"),
        (patched(&file, "llama.feed_forward_length", &7u32.to_le_bytes()), "the metadata asks for"),
    ] {
        let message = scratch.write(&file).trouble();
        assert!(message.contains(part) && !message.contains("config.json"), "{message}");
    }
}

#[test]
fn types_that_are_not_read_and_parts_of_a_split_file_are_named() {
    let (file, scratch) = (bytes("llama.gguf"), Scratch::new());
    let name = text("token_embd.weight");
    let at = file.windows(name.len()).position(|window| window == name).unwrap() + name.len() + 4 + 2 * 8;
    for (number, words) in [(20u32, "IQ4_NL"), (23, "IQ4_XS"), (16, "IQ2_XXS"), (39, "MXFP4"), (77, "number 77")] {
        let mut file = file.clone();
        file[at..at + 4].copy_from_slice(&number.to_le_bytes());
        let message = scratch.write(&file).trouble();
        assert!(message.contains(words) && !message.contains("not a complete"), "{message}");
    }
    let count = entry("split.count", UINT, &3u32.to_le_bytes());
    let message = scratch.write(&with(&file, &count, 0)).trouble();
    assert!(message.contains("part 1 of 3") && message.contains("llama-gguf-split --merge"), "{message}");
    let part = scratch.0.path().join("model-00002-of-00003.gguf");
    std::fs::write(&part, &file[..file.len() / 2]).unwrap();
    let message = load(part.to_str().unwrap()).err().unwrap().to_string();
    assert!(message.contains("part 2 of 3"), "{message}");
}

fn polarscope(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_polarscope"));
    command.args(arguments);
    command
}

#[test]
fn without_a_tokenizer_a_model_can_be_inspected_and_traced_by_ids() {
    let scratch = Scratch::new();
    scratch.write(&patched(&bytes("sentencepiece.gguf"), "tokenizer.ggml.model", &text("t5_ab")));
    let (path, out) = (scratch.path(), scratch.0.path().join("out.safetensors").display().to_string());
    let reason = predicates::str::contains("\"t5_ab\" is not supported");
    polarscope(&["inspect", &path]).assert().success().stdout(reason.clone());
    polarscope(&["trace", &path, "--ids", "1,5,7", "--out", &out]).assert().success();
    std::fs::remove_file(&out).unwrap();
    polarscope(&["trace", &path, "--text", "the cat", "--out", &out]).assert().code(65).stderr(reason);
}

/// candle divides by the alignment; wherever the key stands, that is an error, of which nothing else is printed.
#[test]
fn an_alignment_of_zero_is_refused() {
    let file = bytes("sentencepiece.gguf");
    let scratch = Scratch::new();
    let zero = entry("general.alignment", UINT, &[0; 4]);
    let decoy = entry("decoy", STRING, &text("general.alignment\u{4}\0\0\0\u{20}\0\0\0"));
    let plain = with(&file, &zero, 0);
    for broken in [with(&plain, &decoy, 0), with(&file, &zero, 17 << 20), plain] {
        let message = scratch.write(&broken).trouble();
        assert!(message.contains("general.alignment is 0"), "{message}");
    }
    let quiet = predicates::str::contains("panicked").count(0);
    polarscope(&["inspect", &scratch.path()]).assert().code(65).stderr(quiet);
    // The decoy alone is only a text.
    load(&scratch.write(&with(&file, &decoy, 0)).path()).unwrap();
}

#[test]
fn rotary_embedding_of_a_part_of_a_head_is_refused() {
    let file = patched(&bytes("sentencepiece.gguf"), "llama.rope.dimension_count", &2u32.to_le_bytes());
    let scratch = Scratch::new();
    let message = scratch.write(&file).trouble();
    assert!(message.contains("dimension_count is 2") && message.contains("a head is 4 wide"), "{message}");
}

/// Sizes that a small file cannot hold are refused before anything of that size is allocated.
#[test]
fn a_small_file_with_large_sizes_is_refused() {
    let scratch = Scratch::new();
    let large = (1u64 << 30).to_le_bytes();
    let head = |tensors: u64, entries: u64| {
        [&b"GGUF"[..], &3u32.to_le_bytes(), &tensors.to_le_bytes(), &entries.to_le_bytes()].concat()
    };
    let array = [&0u32.to_le_bytes()[..], &large].concat();
    let nested = [&ARRAY.to_le_bytes()[..], &1u64.to_le_bytes()].concat().repeat(5000);
    let shape = [&text("token_embd.weight")[..], &2u32.to_le_bytes(), &large, &large, &[0; 12]].concat();
    for body in [
        [head(u64::MAX, 0), vec![0; 200]].concat(),
        [head(1 << 30, 1 << 30), vec![0; 200]].concat(),
        [head(0, 1), large.to_vec(), vec![b'x'; 200]].concat(),
        [head(0, 1), entry("key", STRING, &large), vec![b'x'; 200]].concat(),
        [head(0, 1), entry("key", ARRAY, &array), vec![0; 200]].concat(),
        [head(0, 1), entry("key", ARRAY, &nested)].concat(),
        [head(1, 0), shape, vec![0; 200]].concat(),
    ] {
        let message = scratch.write(&body).trouble();
        assert!(message.contains("not a complete GGUF file"), "{message}");
    }
}

/// Whatever a broken file holds, it is an error or another model, and never the end of the program.
#[test]
fn a_broken_file_is_an_error_and_nothing_worse() {
    let scratch = Scratch::new();
    for name in ["sentencepiece.gguf", "llama.gguf"] {
        let whole = bytes(name);
        for length in (0..whole.len()).step_by(61).chain([whole.len() - 1]) {
            scratch.write(&whole[..length]).trouble();
        }
        let header = whole.windows(12).rposition(|window| window == b"ffn_norm.wei").unwrap() + 64;
        for at in (0..header).step_by(11) {
            let mut broken = whole.clone();
            broken[at] ^= [0x01, 0x80, 0xff, 0x10][at % 4];
            if let Err(error) = load(&scratch.write(&broken).path()) {
                assert_eq!(error.exit_code(), 65, "{name}, byte {at}: {error}");
            }
        }
    }
}
