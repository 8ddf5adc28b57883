//! The types of tensors that llama.cpp knows and that are not read here.

/// (number, name), as ggml has them.
const NAMES: [(u32, &str); 25] = [
    (16, "IQ2_XXS"),
    (17, "IQ2_XS"),
    (18, "IQ3_XXS"),
    (19, "IQ1_S"),
    (20, "IQ4_NL"),
    (21, "IQ3_S"),
    (22, "IQ2_S"),
    (23, "IQ4_XS"),
    (24, "I8"),
    (25, "I16"),
    (26, "I32"),
    (27, "I64"),
    (28, "F64"),
    (29, "IQ1_M"),
    (31, "Q4_0_4_4"),
    (32, "Q4_0_4_8"),
    (33, "Q4_0_8_8"),
    (34, "TQ1_0"),
    (35, "TQ2_0"),
    (36, "IQ4_NL_4_4"),
    (37, "IQ4_NL_4_8"),
    (38, "IQ4_NL_8_8"),
    (39, "MXFP4"),
    (40, "NVFP4"),
    (41, "Q1_0"),
];

/// What the reader says of a type that it does not know, before the type's number.
const UNKNOWN: &str = "unknown dtype for tensor ";

/// The sentence on a type that is not read, where `error` of the reader is of one.
pub fn unknown_type(error: &str) -> Option<String> {
    let number: u32 = error.split_once(UNKNOWN)?.1.trim().parse().ok()?;
    let name = NAMES.iter().find(|(known, _)| *known == number);
    let name = name.map_or(format!("number {number}"), |(_, name)| format!("{name} (number {number})"));
    Some(format!(
        "it has tensors of the type {name}, which is not read; read are F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0 and \
         Q2_K to Q6_K"
    ))
}
