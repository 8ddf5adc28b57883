//! Rotary settings as configs have them.

use super::*;

const WHOLE: Fields = Fields::USUAL;
const PART: Fields = Fields {
    base: Some("rotary_emb_base"),
    share: "rotary_pct",
    default_share: 0.25,
    turns_a_part: true,
    ..Fields::USUAL
};

fn of(fields: Fields, head_dim: usize, config: Value) -> Result<(Rotary, Vec<String>)> {
    let (positions, remarks) = rotary_embedding(&Config::from_value(config, "config.json"), fields, head_dim)?;
    let Positions::Rotary(rotary) = positions else { panic!("{positions:?}") };
    Ok((rotary, remarks))
}

/// The frequencies, of what nothing needs to be said.
fn frequencies(fields: Fields, head_dim: usize, config: Value) -> Vec<f32> {
    let (rotary, remarks) = of(fields, head_dim, config).unwrap();
    assert_eq!(remarks, Vec::<String>::new());
    rotary.frequencies
}

fn trouble(fields: Fields, config: Value) -> String {
    of(fields, 8, config).unwrap_err().to_string()
}

#[test]
fn the_factors_of_a_gguf_file_divide_the_frequencies() {
    let scaling = json!({ "rope_type": GGUF_FACTORS, "factors": [1.0, 4.0] });
    let config = json!({ "rope_theta": 100.0, "rope_scaling": scaling });
    assert_eq!(frequencies(WHOLE, 4, config.clone()), [1.0, 0.025]);
    assert!(trouble(WHOLE, config).contains("expected 4 positive numbers"));
    let scaling = json!({ "rope_type": GGUF_FACTORS, "factors": [1.0, 4.0], "factor": 2.0 });
    assert_eq!(frequencies(WHOLE, 4, json!({ "rope_theta": 100.0, "rope_scaling": scaling })), [0.5, 0.0125]);
}

#[test]
fn llama_3_keeps_short_waves_and_stretches_long_ones() {
    let scaling = json!({ "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 8192 });
    let plain = Rotary::new(500_000.0, 64).frequencies;
    let scaled = frequencies(WHOLE, 64, json!({ "rope_theta": 500_000.0, "rope_scaling": scaling }));
    assert_eq!((scaled[0], scaled[31]), (plain[0], plain[31] / 8.0));
    assert!(plain.iter().zip(&scaled).any(|(plain, scaled)| scaled < plain && *scaled > plain / 8.0));
}

#[test]
fn llama_3_without_its_original_context_takes_the_longest_sequence() {
    let table = |original: Value| {
        json!({ "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
            "original_max_position_embeddings": original })
    };
    let said = frequencies(WHOLE, 64, json!({ "rope_scaling": table(json!(64)) }));
    for config in [
        json!({ "rope_scaling": table(Value::Null), "max_position_embeddings": 64 }),
        json!({ "rope_scaling": table(Value::Null), "max_position_embeddings": 512, ORIGINAL: 64 }),
    ] {
        assert_eq!(frequencies(WHOLE, 64, config), said);
    }
    let message = trouble(WHOLE, json!({ "rope_scaling": table(json!(64)), ORIGINAL: 32 }));
    assert!(message.contains("is 32 at the top and 64 in rope_scaling"), "{message}");
}

#[test]
fn linear_scaling_divides_all_frequencies() {
    let plain = Rotary::new(10_000.0, 8).frequencies;
    let quarter: Vec<f32> = plain.iter().map(|frequency| frequency / 4.0).collect();
    for key in ["type", "rope_type"] {
        let table = json!({ key: "linear", "factor": 4 });
        assert_eq!(frequencies(WHOLE, 8, json!({ "rope_scaling": table.clone() })), quarter);
        assert_eq!(frequencies(WHOLE, 8, json!({ "rope_parameters": table })), quarter);
    }
    assert!(trouble(WHOLE, json!({ "rope_scaling": { "type": "linear" } })).contains("rope_scaling.factor is missing"));
}

#[test]
fn the_base_stands_in_the_table_or_at_the_top() {
    let expected = Rotary::new(500.0, 8).frequencies;
    for config in [
        json!({ "rope_theta": 500 }),
        json!({ "rope_theta": 500, "rope_scaling": null, "rope_parameters": {} }),
        json!({ "rope_scaling": { "rope_theta": 500.0, "rope_type": "default" } }),
        json!({ "rope_parameters": { "rope_theta": 500.0 } }),
        json!({ "rope_theta": 500, "rope_scaling": { "type": "default" }, "rope_parameters": { "rope_theta": 500 } }),
    ] {
        assert_eq!(frequencies(WHOLE, 8, config), expected);
    }
    let (rotary, remarks) = of(WHOLE, 8, json!({ "rope_theta": 7, "rope_parameters": { "rope_theta": 500 } })).unwrap();
    assert_eq!(rotary.frequencies, expected);
    assert!(remarks.len() == 1 && remarks[0].contains("rope_theta is 7 at the top") && remarks[0].contains("500"));
}

#[test]
fn a_part_of_each_head_turns_where_the_family_can() {
    let expected = Rotary::new(500.0, 4).frequencies;
    for config in [
        json!({ "rotary_emb_base": 500, "rotary_pct": 0.5 }),
        json!({ "rotary_emb_base": 500, "rope_scaling": { "partial_rotary_factor": 0.5 } }),
        json!({ "rope_parameters": { "partial_rotary_factor": 0.5, "rope_theta": 500 } }),
        json!({ "rotary_emb_base": 500, "rotary_pct": 0.5, "rope_theta": 500.0, "partial_rotary_factor": 0.5 }),
    ] {
        assert_eq!(frequencies(PART, 8, config), expected);
    }
    assert_eq!(frequencies(PART, 8, json!({ "rope_parameters": { "rope_theta": 1e4 } })), [1.0]);
    assert!(trouble(WHOLE, json!({ "partial_rotary_factor": 0.5 })).contains("partial_rotary_factor is 0.5"));
    assert!(trouble(WHOLE, json!({ "rope_scaling": { "partial_rotary_factor": 0.5 } })).contains("is 0.5"));
}

#[test]
fn what_contradicts_itself_is_refused_with_both_values() {
    let table = |factor: f64| json!({ "rope_type": "linear", "factor": factor });
    for (fields, config, parts) in [
        (WHOLE, json!({ "rope_scaling": table(4.0), "rope_parameters": table(8.0) }), ["4.0", "8.0"]),
        (WHOLE, json!({ "rope_scaling": table(4.0), "rope_parameters": { "rope_theta": 500 } }), ["4.0", "nothing"]),
        (
            WHOLE,
            json!({ "rope_theta": 500, "rope_scaling": table(4.0),
                "rope_parameters": { "rope_type": "linear", "factor": 4, "rope_theta": 100 } }),
            ["500", "100"],
        ),
        (WHOLE, json!({ "rope_scaling": { "type": "linear", "rope_type": "llama3" } }), ["\"linear\"", "\"llama3\""]),
        (WHOLE, json!({ "rope_theta": 500, "rotary_emb_base": 100 }), ["500", "100"]),
        (PART, json!({ "rotary_emb_base": 500, "rope_theta": 100 }), ["500", "100"]),
        (PART, json!({ "rope_theta": 100 }), ["10000", "100"]),
        (PART, json!({ "rotary_pct": 0.5, "partial_rotary_factor": 1.0 }), ["0.5", "1.0"]),
    ] {
        let message = trouble(fields, config);
        assert!(parts.iter().all(|part| message.contains(part)), "{message}");
    }
}

#[test]
fn what_is_not_supported_is_refused_by_name() {
    for kind in ["su", "mrope", "proportional"] {
        let message = trouble(WHOLE, json!({ "rope_parameters": { "rope_type": kind, "factor": 2.0 } }));
        assert!(
            message.contains(&format!("\"{kind}\""))
                && message.contains("default, linear, dynamic, llama3, yarn, longrope"),
            "{message}"
        );
    }
    let nested = json!({ "rope_parameters": { "full_attention": { "rope_theta": 500 } } });
    assert!(trouble(WHOLE, nested).contains("rope_parameters.full_attention"));
    assert!(trouble(WHOLE, json!({ "rope_scaling": "linear" })).contains("rope_scaling is \"linear\""));
    let (_, remarks) =
        of(WHOLE, 8, json!({ "rope_scaling": { "type": "linear", "factor": 2, "finetuned": true } })).unwrap();
    assert!(remarks.len() == 1 && remarks[0].contains("rope_scaling.finetuned"), "{remarks:?}");
}
#[test]
fn dynamic_scaling_leaves_the_original_context_as_it_is() {
    let table = json!({ "rope_type": "dynamic", "factor": 4.0 });
    assert_eq!(frequencies(WHOLE, 8, json!({ "rope_scaling": table })), Rotary::new(10_000.0, 8).frequencies);
}

const YARN: [f32; 8] =
    [1.0, 0.477_990_12, 0.221_359_43, 0.097_805_366, 0.04, 0.014_058_532, 0.007_905_695, 0.004_445_698_6];
const YARN_NOT_TRUNCATED: [f32; 8] =
    [1.0, 0.457_739_17, 0.198_583_53, 0.078_593_61, 0.025_595_25, 0.014_058_532, 0.007_905_695, 0.004_445_698_6];

/// Values of transformers 5.24 for Qwen2.5's and OLMo 3's settings in small.
#[test]
fn yarn_is_transformers_own() {
    let table = json!({ "rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64, "beta_fast": 8 });
    let (rotary, remarks) = of(WHOLE, 16, json!({ "rope_theta": 100.0, "rope_scaling": table })).unwrap();
    assert_eq!(remarks, Vec::<String>::new());
    near(&rotary.frequencies, &YARN);
    assert!((rotary.factor - 1.138_629_4).abs() < 1e-6);
    let table = json!({ "rope_type": "yarn", "attention_factor": 1.2, "original_max_position_embeddings": 64,
        "truncate": false });
    let config = json!({ "rope_theta": 100.0, "rope_scaling": table, "max_position_embeddings": 256 });
    let (rotary, _) = of(WHOLE, 16, config).unwrap();
    near(&rotary.frequencies, &YARN_NOT_TRUNCATED);
    assert_eq!((rotary.factor, rotary.longest), (1.2, None));
}

#[test]
fn longrope_holds_up_to_the_original_context() {
    let table = json!({ "type": "longrope", "short_factor": [1.0, 2.0], "long_factor": [4.0, 8.0] });
    let config = json!({ "rope_theta": 100.0, "rope_scaling": table, "max_position_embeddings": 256,
        "original_max_position_embeddings": 64 });
    let (rotary, remarks) = of(WHOLE, 4, config.clone()).unwrap();
    assert_eq!((rotary.frequencies.as_slice(), rotary.longest), (&[1.0, 0.05][..], Some(64)));
    assert!((f64::from(rotary.factor) - (1.0 + 4f64.ln() / 64f64.ln()).sqrt()).abs() < 1e-7);
    assert!(remarks.len() == 1 && remarks[0].contains("sequences end at 64 tokens"), "{remarks:?}");
    assert!(of(WHOLE, 8, config).unwrap_err().to_string().contains("rope_scaling.short_factor: expected 4"));
    let phi3 = Fields { longrope: &["su", "yarn"], default_original: Some(4096), turns_a_part: true, ..WHOLE };
    let (rotary, _) =
        of(phi3, 4, json!({ "rope_scaling": { "type": "su", "short_factor": [1, 2], "factor": 1.0 } })).unwrap();
    assert_eq!((rotary.longest, rotary.factor), (Some(4096), 1.0));
    let message = trouble(phi3, json!({ "rope_scaling": { "type": "linear", "factor": 2 } }));
    assert!(message.contains("supported are default, longrope"), "{message}");
}

#[test]
fn layers_with_windows_have_settings_of_their_own() {
    let local = Fields { base: Some("rope_local_base_freq"), ..WHOLE };
    let global = Fields { default_base: 1e6, ..WHOLE };
    let of = |config: Value| rotary_by_window(&Config::from_value(config, "config.json"), [global, local], 8);
    let expected = |full: f64, factor: f32, sliding: f64| {
        let mut full = Rotary::new(full, 8);
        full.frequencies.iter_mut().for_each(|frequency| *frequency /= factor);
        Positions::RotaryByWindow { full, sliding: Rotary::new(sliding, 8) }
    };
    let linear = json!({ "rope_type": "linear", "factor": 8.0 });
    for (config, positions) in [
        (json!({}), expected(1e6, 1.0, 1e4)),
        (json!({ "rope_theta": 5e5, "rope_local_base_freq": 100.0 }), expected(5e5, 1.0, 100.0)),
        (json!({ "rope_scaling": linear }), expected(1e6, 8.0, 1e4)),
        (
            json!({ "rope_parameters": { "full_attention": linear, "sliding_attention": null } }),
            expected(1e6, 8.0, 1e4),
        ),
        (
            json!({ "rope_parameters": { "sliding_attention": { "rope_theta": 7.0, "rope_type": "default" } } }),
            expected(1e6, 1.0, 7.0),
        ),
    ] {
        assert_eq!(of(config).unwrap(), (positions, Vec::new()));
    }
    let (_, remarks) =
        of(json!({ "rope_theta": 7, "rope_parameters": { "full_attention": { "rope_theta": 5 } } })).unwrap();
    assert!(remarks.len() == 1 && remarks[0].contains("rope_theta is 7 at the top and 5"), "{remarks:?}");
    for (config, part) in [
        (json!({ "rope_parameters": { "rope_theta": 5.0 } }), "rope_parameters.rope_theta"),
        (
            json!({ "rope_scaling": linear, "rope_parameters": { "full_attention": { "factor": 2 } } }),
            "contradict each other",
        ),
        (json!({ "rope_parameters": { "full_attention": 3 } }), "rope_parameters.full_attention is 3"),
    ] {
        let message = of(config).unwrap_err().to_string();
        assert!(message.contains(part), "{message}");
    }
}

fn near(found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len());
    assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6 * b), "{found:?}");
}
