//! Models come in several forms, whole or broken: the same weights give the same decoder, and what cannot be read says
//! why.

mod common;

use candle_core::{DType, Device, Tensor};
use common::load;
use polarscope::corpus::load_texts;
use polarscope::hub::Hub;
use polarscope::lm::{Checkpoint, Model, NoHooks, Part, Tokenizer, Tokens, demo_files};
use polarscope::study::{Dtype, ModelChoice, SpecialTokens, TextChoice};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

fn logits(folder: &Path) -> Vec<f32> {
    let model = load(folder.to_str().unwrap()).unwrap();
    let ids = [5u32, 17, 90, 42, 7];
    let x = model.decoder.embed(&[&ids], &mut NoHooks).unwrap();
    let x = model.decoder.blocks(x, 0..model.decoder.spec().layers, &mut NoHooks).unwrap();
    let normed = model.decoder.ln_final(&x, &mut NoHooks).unwrap();
    let logits = model.decoder.logits(&normed, &mut NoHooks).unwrap();
    logits.flatten_all().unwrap().to_vec1().unwrap()
}

/// A folder with the demo's config and tokenizer, and `shards` as its weights.
fn folder(shards: &[(&str, HashMap<String, Tensor>)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in demo_files() {
        if name != "model.safetensors" {
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
    }
    for (name, tensors) in shards {
        candle_core::safetensors::save(tensors, folder.path().join(name)).unwrap();
    }
    folder
}

fn tensors(dtype: DType) -> HashMap<String, Tensor> {
    let (_, bytes) = demo_files()[1];
    let tensors = candle_core::safetensors::load_buffer(bytes, &Device::Cpu).unwrap();
    tensors.into_iter().map(|(name, tensor)| (name, tensor.to_dtype(dtype).unwrap())).collect()
}

#[test]
fn shards_and_widths_make_no_difference() {
    let whole = logits(folder(&[("model.safetensors", tensors(DType::F16))]).path());
    assert_eq!(whole, logits(folder(&[("model.safetensors", tensors(DType::F32))]).path()));
    let (some, rest): (HashMap<_, _>, HashMap<_, _>) =
        tensors(DType::F16).into_iter().partition(|(name, _)| name.contains(".3."));
    let names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
    let sharded = folder(&[(names[0], some.clone()), (names[1], rest.clone())]);
    assert_eq!(whole, logits(sharded.path()), "two files without an index");
    let map: HashMap<&String, &str> =
        some.keys().map(|name| (name, names[0])).chain(rest.keys().map(|name| (name, names[1]))).collect();
    let index = serde_json::json!({ "weight_map": map }).to_string();
    std::fs::write(sharded.path().join("model.safetensors.index.json"), index).unwrap();
    assert_eq!(whole, logits(sharded.path()), "two files with an index");
    std::fs::remove_file(sharded.path().join(names[1])).unwrap();
    let error = load(sharded.path().to_str().unwrap()).err().unwrap().to_string();
    assert!(error.contains(names[1]) && error.contains("is missing"), "{error}");
}

#[test]
fn bf16_is_widened() {
    let rounded: HashMap<String, Tensor> = tensors(DType::BF16);
    let widened = rounded.iter().map(|(name, t)| (name.clone(), t.to_dtype(DType::F32).unwrap())).collect();
    let bf16 = logits(folder(&[("model.safetensors", rounded)]).path());
    assert_eq!(bf16, logits(folder(&[("model.safetensors", widened)]).path()));
}

/// A copy of the fixture `name`, to be changed.
fn copy(name: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(fixture(name)).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    folder
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn trouble(folder: &Path) -> String {
    let error = load(folder.to_str().unwrap()).err().unwrap();
    assert_eq!(error.exit_code(), 65, "{error}");
    error.to_string()
}

fn set(folder: &Path, field: &str, value: Value) {
    let path = folder.join("config.json");
    let mut config: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    config[field] = value;
    std::fs::write(path, config.to_string()).unwrap();
}

#[test]
fn a_state_dict_with_its_head_gives_what_one_without_it_gives() {
    let with_head = copy("opt");
    std::fs::copy(fixture("opt_state.bin"), with_head.path().join("pytorch_model.bin")).unwrap();
    let model = load(with_head.path().to_str().unwrap()).unwrap();
    assert_eq!(model.remarks, Vec::<String>::new());
    assert_eq!(logits(with_head.path()), logits(&fixture("opt")));
}

#[test]
fn the_old_form_of_torch_save_says_how_to_convert_it() {
    let folder = copy("opt");
    std::fs::copy(fixture("broken/legacy.bin"), folder.path().join("pytorch_model.bin")).unwrap();
    let message = trouble(folder.path());
    assert!(message.contains("zip form") && message.contains("torch.save(torch.load("), "{message}");
}

#[test]
fn a_broken_pytorch_file_is_an_error_and_nothing_worse() {
    let whole = std::fs::read(fixture("opt/pytorch_model.bin")).unwrap();
    let folder = copy("opt");
    let path = folder.path().join("pytorch_model.bin");
    for length in [0, 2, 100, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&path, &whole[..length]).unwrap();
        trouble(folder.path());
    }
    // Every byte of the table of tensors, which is the first entry of the archive, put to another value.
    let table = whole.windows(8).position(|w| w == b"data.pkl").unwrap();
    for at in (table..table + 2000).step_by(7) {
        let mut broken = whole.clone();
        broken[at] ^= 0x5a;
        std::fs::write(&path, &broken).unwrap();
        if let Err(error) = load(folder.path().to_str().unwrap()) {
            assert_eq!(error.exit_code(), 65, "byte {at}: {error}");
        }
    }
}

#[test]
fn a_needed_tensor_of_another_type_says_so() {
    let folder = copy("opt");
    let path = folder.path().join("pytorch_model.bin");
    let mut file = std::fs::read(&path).unwrap();
    let class = file.windows(11).position(|w| w == b"HalfStorage").unwrap();
    file[class..class + 4].copy_from_slice(b"Char");
    std::fs::write(&path, file).unwrap();
    let message = trouble(folder.path());
    assert!(message.contains("has the type Char; expected floating point"), "{message}");
}

#[test]
fn missing_tensors_are_listed_together() {
    let mut some = tensors(DType::F16);
    some.retain(|name, _| !name.contains("layers.2.mlp") && !name.starts_with("gpt_neox.final"));
    let message = trouble(folder(&[("model.safetensors", some)]).path());
    for part in ["6 tensors", "gpt_neox.layers.2.mlp.dense_h_to_4h.weight", "gpt_neox.final_layer_norm.bias"] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn unknown_tensors_are_told_of_and_what_old_files_carry_is_compared() {
    let extra = |name: &str, tensor: Tensor| {
        let mut all = tensors(DType::F16);
        all.insert(format!("gpt_neox.layers.0.{name}"), tensor);
        load(folder(&[("model.safetensors", all)]).path().to_str().unwrap()).unwrap().remarks
    };
    let of = |values: &[f32], shape: &[usize]| Tensor::from_slice(values, shape, &Device::Cpu).unwrap();
    let spec = load("demo").unwrap().decoder.spec().clone();
    let polarscope::lm::Positions::Rotary(rotary) = &spec.positions else { panic!("{:?}", spec.positions) };
    let (pairs, frequencies) = (rotary.frequencies.len(), &rotary.frequencies);
    let causal = of(&[1., 0., 0., 1., 1., 0., 1., 1., 1.], &[1, 1, 3, 3]);
    for (name, same, other) in [
        ("attention.bias", causal.to_dtype(DType::U8).unwrap(), of(&[1.; 9], &[1, 1, 3, 3])),
        ("attention.masked_bias", of(&[-1e9], &[]), of(&[0.], &[])),
        ("attention.rotary_emb.inv_freq", of(frequencies, &[pairs]), of(&vec![0.5; pairs], &[pairs])),
        ("attention.rotary_emb.inv_freq", of(frequencies, &[pairs]).to_dtype(DType::F16).unwrap(), of(&[1.], &[1])),
    ] {
        assert_eq!(extra(name, same), Vec::<String>::new());
        let remarks = extra(name, other);
        assert!(remarks.len() == 1 && remarks[0].contains(&format!("gpt_neox.layers.0.{name}")), "{remarks:?}");
    }
    let remarks = extra("adapter.weight", of(&[0.; 3], &[3]));
    assert!(remarks.len() == 1 && remarks[0].contains("gpt_neox.layers.0.adapter.weight"), "{remarks:?}");
    let gpt2 = load(fixture("gpt2").to_str().unwrap()).unwrap();
    assert_eq!(gpt2.remarks, Vec::<String>::new());
}

#[test]
fn what_a_config_asks_for_and_is_not_supported_is_refused_by_name() {
    for (name, field, value, part) in [
        ("opt", "word_embed_proj_dim", json!(8), "model.decoder.project_in.weight"),
        ("opt", "layer_norm_elementwise_affine", json!(false), "norms without weights"),
        ("opt", "activation_function", json!("quick_gelu"), "\"quick_gelu\""),
        ("gpt2", "model_type", json!("bert"), "gpt_neox, opt, llama, mistral, gpt2, qwen2, qwen3, gemma,"),
        ("llama3", "rope_scaling", json!({ "rope_type": "proportional" }), "\"proportional\""),
        ("llama3", "rope_scaling", json!({ "rope_type": "llama3", "factor": 4.0 }), "low_freq_factor"),
        ("llama3", "rope_parameters", json!({ "rope_type": "linear", "factor": 4.0 }), "contradict each other"),
        ("llama", "partial_rotary_factor", json!(0.5), "partial_rotary_factor is 0.5"),
        ("gpt_neox", "rope_theta", json!(500), "rope_theta is 500"),
        (
            "llama",
            "quantization_config",
            json!({ "quant_method": "fp8" }),
            "quantization_config: weights that are quantized (fp8)",
        ),
        ("gpt2", "quantization_config", json!({}), "quantization_config"),
        ("llama", "quantization", json!({ "group_size": 64, "bits": 4 }), "quantization: weights that are quantized"),
        ("qwen2", "compression_config", json!({ "format": "pack-quantized" }), "pack-quantized"),
        (
            "llama",
            "num_hidden_layers",
            json!(1 << 24),
            "num_hidden_layers is 16777216; expected a number of layers of at most 4096",
        ),
        ("gpt2", "n_layer", json!(1 << 20), "n_layer is 1048576"),
        ("llama", "num_hidden_layers", json!(4000), "asks for 4000 layers, and the files hold 39 tensors in all"),
        ("llama", "num_hidden_layers", json!(5), "9 tensors that config.json asks for are missing: model.layers.4"),
        ("mistral", "sliding_window", json!(0), "sliding_window"),
        ("gpt_neox", "num_attention_heads", json!(3), "multiple of num_attention_heads (3)"),
        ("gpt_neox", "rotary_pct", json!(1e10), "expected more than 0, at most 1"),
        ("qwen2", "layer_types", json!(vec!["sliding_attention"; 4]), "layer_types does not fit"),
        ("qwen2", "layer_types", json!(vec!["linear_attention"; 4]), "layer_types is"),
        ("qwen2", "hidden_size", json!(1u64 << 40), "hidden_size"),
    ] {
        let folder = copy(name);
        set(folder.path(), field, value);
        let message = trouble(folder.path());
        assert!(message.contains(part), "{name} {field}: {message}");
    }
}

#[test]
fn what_a_config_leaves_out_is_as_in_transformers() {
    let spec = |name: &str, absent: &[&str]| {
        let folder = copy(name);
        let path = folder.path().join("config.json");
        let mut config: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        for field in absent {
            config.as_object_mut().unwrap().remove(*field).unwrap();
        }
        config["num_attention_heads"] = json!(32);
        config["head_dim"] = json!(2);
        std::fs::write(path, config.to_string()).unwrap();
        let choice = ModelChoice::of(folder.path().to_str().unwrap());
        Checkpoint::open(&choice, Part::Shape, &mut Hub::cache_only()).unwrap().spec().unwrap()
    };
    let absent = ["num_key_value_heads", "rms_norm_eps", "hidden_act"];
    let mistral = spec("mistral", &[absent.as_slice(), &["sliding_window"]].concat());
    assert_eq!((mistral.kv_heads, mistral.windows[3], mistral.norm_eps), (8, Some(4096), 1e-6));
    assert_eq!(spec("qwen2", &absent).kv_heads, 32);
    assert_eq!(spec("llama", &absent).kv_heads, 32);
}

#[test]
fn both_tables_of_the_rotary_embedding_count_once() {
    let folder = copy("llama3");
    let config: Value = serde_json::from_slice(&std::fs::read(folder.path().join("config.json")).unwrap()).unwrap();
    let before = logits(folder.path());
    let mut table = config["rope_scaling"].clone();
    table["rope_theta"] = config["rope_theta"].clone();
    set(folder.path(), "rope_parameters", table);
    assert_eq!(logits(folder.path()), before);
}

#[test]
fn kinds_of_layers_that_a_family_does_not_have_are_told_of() {
    let folder = copy("llama");
    set(folder.path(), "layer_types", json!(vec!["sliding_attention"; 4]));
    let remarks = load(folder.path().to_str().unwrap()).unwrap().remarks;
    assert!(remarks.len() == 1 && remarks[0].contains("layer_types is left out"), "{remarks:?}");
    assert_eq!(logits(folder.path()), logits(&fixture("llama")));
}

#[test]
fn other_safetensors_do_not_stand_in_for_the_model() {
    let folder = copy("opt");
    let adapter = HashMap::from([("adapter".to_owned(), Tensor::zeros(3, DType::F32, &Device::Cpu).unwrap())]);
    candle_core::safetensors::save(&adapter, folder.path().join("adapter.safetensors")).unwrap();
    assert_eq!(logits(folder.path()), logits(&fixture("opt")));
}

#[test]
fn sixteen_bits_are_for_cards() {
    let choice = ModelChoice { dtype: Dtype::F16, ..ModelChoice::of("demo") };
    let error = Model::load(&choice, &Device::Cpu, &mut Hub::cache_only()).err().unwrap();
    assert!(error.exit_code() == 2 && error.to_string().contains("\"f32\""), "{error}");
}

#[test]
fn parameters_are_counted_exactly() {
    for name in ["gpt_neox", "gpt_neox_sequential", "llama", "llama3", "mistral", "gpt2", "qwen2"] {
        let mut sum = 0;
        for entry in std::fs::read_dir(fixture(name)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "safetensors") {
                let tensors = candle_core::safetensors::load(path, &Device::Cpu).unwrap();
                let own =
                    tensors.iter().filter(|(name, _)| !name.ends_with(".attn.bias") && !name.ends_with("masked_bias"));
                sum += own.map(|(_, tensor)| tensor.elem_count()).sum::<usize>();
            }
        }
        assert_eq!(load(fixture(name).to_str().unwrap()).unwrap().decoder.spec().parameters(), sum, "{name}");
    }
}

/// The tokenizer that all Pythia models share, on the study's texts, where both are at hand.
#[test]
fn pythias_tokenizer_cuts_the_studys_texts_as_the_study_did() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let Ok(bytes) = std::fs::read(data.join("pythia/tokenizer.json")) else { return };
    let tokens = Tokens::new(Tokenizer::parse(&bytes, "pythia").unwrap(), 50304, Some(0));
    let source = data.join("wikitext.test.raw").display().to_string();
    let texts = load_texts(&TextChoice { source, ..TextChoice::default() }, &mut Hub::cache_only()).unwrap().texts;
    let count = |max| -> Vec<usize> {
        texts.iter().map(|text| tokens.encode(text, SpecialTokens::Tokenizer, max).unwrap().len()).collect()
    };
    let (whole, cut) = (count(usize::MAX), count(64));
    assert_eq!((texts.len(), whole.iter().filter(|n| **n > 64).count()), (281, 30));
    assert_eq!((cut.iter().min(), cut.iter().max()), (Some(&10), Some(&64)));
    #[allow(clippy::cast_precision_loss)]
    let mean = cut.iter().sum::<usize>() as f64 / 281.0;
    assert!((mean - 42.58).abs() < 0.005, "{mean}");
}

/// What `polarscope inspect` says of `folder`: its exit code and its words.
fn inspected(folder: &Path) -> (Option<i32>, String) {
    let program = std::process::Command::new(env!("CARGO_BIN_EXE_polarscope")).arg("inspect").arg(folder).output();
    let output = program.unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

/// The demo with another tokenizer.json.
fn with_tokenizer(change: impl FnOnce(&mut Value)) -> tempfile::TempDir {
    let folder = folder(&[("model.safetensors", tensors(DType::F16))]);
    let path = folder.path().join("tokenizer.json");
    let mut tokenizer = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    change(&mut tokenizer);
    std::fs::write(&path, tokenizer.to_string()).unwrap();
    folder
}

#[test]
fn a_tokenizer_that_the_library_falls_over_is_an_error_that_names_its_file() {
    let replace = json!({ "type": "Replace", "pattern": { "String": "t" }, "content": "tttttttttt" });
    let table = |map: &str| json!({ "type": "Precompiled", "precompiled_charsmap": map });
    let template = json!({ "type": "TemplateProcessing", "pair": [], "special_tokens": {},
        "single": [{ "SpecialToken": { "id": "zz", "type_id": 0 } }, { "Sequence": { "id": "A", "type_id": 0 } }] });
    for (part, value, words) in [
        // It would make a text 10^40 times as long, ask for 8 GB, and panic while it is read and while it is used.
        ("normalizer", json!({ "type": "Sequence", "normalizers": vec![replace; 40] }), "512 times as long"),
        ("normalizer", table("/////w=="), "precompiled_charsmap"),
        ("normalizer", table("AAAA"), "precompiled_charsmap"),
        ("post_processor", template, "\"zz\""),
        ("pre_tokenizer", json!({ "type": "FixedLength", "length": 0 }), "a length of 0"),
        ("decoder", json!({ "type": "Unknown" }), "tokenizer.json"),
        ("decoder", json!([1]), "tokenizer.json"),
        ("model", json!({ "type": "BPE", "vocab": { "a": 0 }, "merges": [["a", "a"]] }), "contradict each other"),
        ("model", json!({ "type": "Unigram", "vocab": [["a", 0.0]] }), "the tokenizer fails on"),
    ] {
        let folder = with_tokenizer(|tokenizer| tokenizer[part] = value);
        let (code, said) = inspected(folder.path());
        assert_eq!(code, Some(65), "{part}: {said}");
        assert!(said.contains(words) && said.contains(folder.path().to_str().unwrap()), "{said}");
        assert!(said.contains("tokenizer.json") && !said.contains("panicked"), "{said}");
    }
}

/// Cut anywhere, and with each value replaced by ones that make no sense there: an error, or another tokenizer, and
/// nothing worse, when it is read and when it is used.
#[test]
fn a_broken_tokenizer_is_an_error_and_nothing_worse() {
    let try_out = |bytes: &[u8]| match Tokenizer::parse(bytes, "the file") {
        Ok(tokenizer) => {
            for text in ["", "The cat's 3 mats.", " \t é▁ö\n"] {
                for special in [false, true] {
                    let outcome = tokenizer.encode(text, special).and_then(|ids| tokenizer.pieces(&ids));
                    assert!(outcome.err().is_none_or(|error| error.exit_code() == 65));
                }
            }
            true
        }
        Err(error) => {
            assert!(error.exit_code() == 65 && error.to_string().starts_with("the file: "), "{error}");
            false
        }
    };
    let text = std::fs::read_to_string(fixture("llama").join("tokenizer.json")).unwrap();
    for length in (0..text.len()).filter(|length| text.is_char_boundary(*length)) {
        assert!(!try_out(&text.as_bytes()[..length]), "cut after {length}");
    }
    let whole: Value = serde_json::from_str(&text).unwrap();
    let mut paths = Vec::new();
    collect(&whole, String::new(), &mut paths);
    let odd =
        [json!(null), json!(-1), json!(1e300), json!(4_294_967_295_u64), json!(""), json!("["), json!([]), json!({})];
    for path in paths.iter().filter(|path| !path.is_empty()) {
        for value in &odd {
            let mut changed = whole.clone();
            *changed.pointer_mut(path).unwrap() = value.clone();
            try_out(changed.to_string().as_bytes());
        }
    }
}

/// The places of all values in `value`, as JSON pointers; of the vocabulary and other long lists the first few.
fn collect(value: &Value, path: String, paths: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields.iter().take(12) {
                collect(value, format!("{path}/{}", key.replace('~', "~0").replace('/', "~1")), paths);
            }
        }
        Value::Array(values) => {
            for (i, value) in values.iter().take(4).enumerate() {
                collect(value, format!("{path}/{i}"), paths);
            }
        }
        _ => {}
    }
    paths.push(path);
}

#[test]
fn a_byte_order_mark_is_no_part_of_any_file_of_a_model() {
    let gpt2 = ["vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json"];
    let contents = [
        "{\"t\": 0, \"h\": 1, \"th\": 2, \"Ġ\": 3, \"e\": 4, \"</s>\": 5, \"c\": 6, \"a\": 7}",
        "#version: 0.2\nt h\n",
        "{\"add_bos_token\": true}",
        "{\"bos_token\": \"</s>\"}",
    ];
    for (name, files) in [("llama", &["config.json", "tokenizer.json"][..]), ("gpt2", &gpt2)] {
        let ids = |folder: &Path| {
            let tokens = load(folder.to_str().unwrap()).unwrap().tokens.unwrap();
            tokens.encode("the cat", SpecialTokens::Tokenizer, 64).unwrap()
        };
        let folder = copy(name);
        if name == "gpt2" {
            gpt2.iter().zip(contents).for_each(|(file, text)| std::fs::write(folder.path().join(file), text).unwrap());
        }
        let before = ids(folder.path());
        for file in files.iter().map(|file| folder.path().join(file)) {
            let bytes = std::fs::read(&file).unwrap();
            std::fs::write(&file, [b"\xef\xbb\xbf", &bytes[..]].concat()).unwrap();
            assert_eq!(ids(folder.path()), before, "{}", file.display());
            std::fs::write(&file, [b"\xff\xfe", &bytes[..]].concat()).unwrap();
            let error = trouble(folder.path());
            assert!(error.contains("UTF-16") && error.contains(file.to_str().unwrap()), "{error}");
            std::fs::write(&file, bytes).unwrap();
        }
    }
}
