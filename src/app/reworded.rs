//! The library's messages in the window's words: they speak of a study's fields and of the command line's options, and the
//! window has controls for both.

use super::setup::fields;
use crate::experiment::Kind;
use crate::figure::names;

/// Whole phrases that are said otherwise. What is left of fields after them is named by [`named`].
const PHRASES: [(&str, &str); 32] = [
    ("model.dtype = \"bf16\", which halves the weights", "weights in bf16, which are half as large"),
    ("model.dtype = \"bf16\", or --device cpu would help", "weights in bf16, or the CPU would help"),
    ("a smaller texts.max_tokens, which shrinks a batch", "fewer tokens per text, which shrinks a batch"),
    ("--device cpu, which uses the machine's own memory", "the CPU, which uses the machine's own memory"),
    ("model.dtype is", "The weights are set to"),
    ("set it to \"f32\" on the CPU", "set them to f32, or choose a CUDA device"),
    (
        "perturbation.modes is empty: name \"magnitude\", \"angular\", \"isotropic\", { blend = 45 } or several",
        "Choose at least one mode",
    ),
    ("perturbation.modes names", "The modes have"),
    ("perturbation.tokens is an empty list", "No token is chosen"),
    ("perturbation.tokens: no sequence", "Tokens: no sequence"),
    ("perturbation.tokens is \"last\"", "The choice of tokens is \"the last\""),
    ("as \"all\" and \"all-but-first\" do", "as \"all\" and \"all but the first\" do"),
    ("the same run; set it to 1, or", "the same run; set their number to 1, or"),
    (
        "perturbation.direction.file is empty: name a safetensors file, or set direction to \"random\"",
        "Name a safetensors file, or write random",
    ),
    (
        "special_tokens = \"bos\", but the model names no bos_token_id",
        "The model has no beginning-of-sequence token: choose other special tokens",
    ),
    ("experiments.syntax.scoring = \"lm-eval\" puts", "Scoring as lm-eval puts"),
    (" (bos_token_id, eos_token_id)", ""),
    ("perturbation.delta_unit is a fraction", "this study's δ are fractions"),
    (
        "experiments.audit sets matching, coherence, pairing and rotation itself: leave them out of [perturbation]",
        "The audit varies matching, coherence, pairing and rotation itself: set them to \"as the protocol\"",
    ),
    (
        "the study has no experiment: add [experiments.sweep] or another one",
        "Choose at least one experiment: without one there is nothing to run",
    ),
    (", or extend this one with --resume", ""),
    (
        "only grids, seeds, texts.limit, items and experiments may grow",
        "only grids, seeds, the numbers of texts and pairs, and experiments may grow",
    ),
    ("so name another file with --out", "so choose another results file"),
    ("the study differs from the one in the file at", "This study differs from the one in the file at"),
    ("does not fit on cpu (CPU, ", "does not fit on the CPU ("),
    ("the study does not fit", "The study does not fit"),
    ("name another file with --out", "choose another results file"),
    ("name another with --out", "choose another"),
    ("name a file in another folder with --out", "choose one in another folder"),
    ("add --resume to go on with it", "press Resume to go on with it"),
    ("make room and run again with --resume", "make room and press Resume"),
    ("run again with --resume", "press Resume"),
];

/// What the field of seeds is called in a sentence.
const SEEDS: &str = "the list of seeds";

/// What is said of that field where seeds are counted, and how a sentence begins that says so of the seeds.
const BY_NUMBER: [(&str, &str); 3] =
    [(" names no ", "there is no "), (" names ", "there are "), (" is ", "the number of seeds is ")];

/// What a field is called in a sentence, with its article where it takes one; other fields are called as where settings are
/// listed.
const NOUNS: [(&str, &str); 32] = [
    ("texts.source", "source"),
    ("texts.limit", "the number of texts"),
    ("texts.max_tokens", "the number of tokens"),
    ("texts.shorter_than", "\"Shorter than\""),
    ("texts.longer_than", "\"longer than\""),
    ("perturbation.deltas", "the δ grid"),
    ("perturbation.seeds", SEEDS),
    ("perturbation.tokens", "the choice of tokens"),
    ("perturbation.sign", "the sign"),
    ("perturbation.direction", "the direction"),
    ("experiments.syntax.pairs", "source"),
    ("statistics.equivalence.damage", "the bound of damage"),
    ("statistics.equivalence.accuracy", "the bound of accuracy"),
    ("statistics.equivalence.entropy", "the bound of entropy"),
    ("statistics.equivalence.recovery", "the bound of recovery"),
    ("statistics.equivalence.cosine", "the bound of cosine"),
    ("statistics.equivalence.interaction", "the bound of interaction"),
    // Of every experiment.
    ("deltas", "the δ grid"),
    ("delta", "δ"),
    ("seeds", SEEDS),
    ("texts", "the number of texts"),
    ("items", "the number of pairs"),
    ("paradigms", "paradigms"),
    ("scoring", "the scoring"),
    ("top", "the list of heads that are repaired together"),
    ("singles", "the number of heads that are repaired one by one"),
    ("size", "the size of a set"),
    ("window", "the width of a window"),
    ("random", "the number of random sets"),
    ("layers", "the list of layers"),
    ("read_layers", "the list of read layers"),
    ("repair_layers", "the list of repaired layers"),
];

/// `message` of the library, in the window's words. What it quotes, and paths, stay as they are; and a message about a file
/// in TOML speaks of its keys.
#[must_use]
pub fn reworded(message: &str) -> String {
    if message.contains(".toml: ") {
        return message.to_owned();
    }
    named(&PHRASES.iter().fold(message.to_owned(), |message, (theirs, ours)| message.replace(theirs, ours)))
}

/// `message` with the names of fields and of experiments' tables in words.
fn named(message: &str) -> String {
    let mut words = String::with_capacity(message.len());
    let mut rest = message;
    let mut quoted = false;
    while let Some(next) = rest.chars().next() {
        let is_start = !words.ends_with(|c: char| c.is_alphanumeric() || "_./\\-".contains(c));
        if let Some((length, said)) = (is_start && !quoted).then(|| field(rest)).flatten() {
            rest = &rest[length..];
            // Seeds may be set by their number, without a list that names them.
            let of_seeds = BY_NUMBER.iter().filter(|_| said == SEEDS);
            if let Some((noun, after)) =
                of_seeds.into_iter().find_map(|(theirs, ours)| Some((*ours, rest.strip_prefix(theirs)?)))
            {
                say(&mut words, noun);
                rest = after;
                continue;
            }
            say(&mut words, &said);
            // "δ holds 0" is of a list.
            if said == "δ" && rest.starts_with(" holds ") {
                words += " is ";
                rest = &rest[" holds ".len()..];
            }
            continue;
        }
        quoted ^= next == '"';
        words.push(next);
        rest = &rest[next.len_utf8()..];
    }
    words
}

/// Adds `noun`, as it is at this place of a sentence.
fn say(words: &mut String, noun: &str) {
    let begins = words.is_empty() || words.ends_with(". ");
    let has_article = ["smaller ", "larger ", " a ", " the "].iter().any(|before| words.ends_with(before));
    let noun = if has_article { noun.strip_prefix("the ").unwrap_or(noun) } else { noun };
    let mut letters = noun.chars();
    match letters.next() {
        Some(first) if begins && first.is_ascii() => words.extend(first.to_uppercase().chain(letters)),
        _ => words.push_str(noun),
    }
}

/// The field, or the table of an experiment, that `text` begins with: how many bytes it takes, and what it is called.
fn field(text: &str) -> Option<(usize, String)> {
    if let Some(rest) = text.strip_prefix("[experiments.") {
        let name = &rest[..rest.find(']')?];
        let kind = Kind::from_name(name)?;
        return Some((name.len() + "[experiments.]".len(), format!("\"{}\"", names::experiment(kind))));
    }
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "_.".contains(c))).unwrap_or(text.len());
    // A stop after it ends a sentence.
    let path = text[..end].trim_end_matches('.');
    if !path.contains('.') || text[path.len()..].starts_with(['/', '\\']) {
        return None;
    }
    let noun = |name: &str| NOUNS.iter().find(|(known, _)| *known == name).map(|(_, noun)| (*noun).to_owned());
    let of_experiment = || {
        let (experiment, setting) = path.strip_prefix("experiments.")?.split_once('.')?;
        Kind::from_name(experiment).and(noun(setting))
    };
    let listed = || fields::is_known(path).then(|| format!("the {}", fields::words(path)));
    Some((path.len(), noun(path).or_else(of_experiment).or_else(listed)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::{Choice, Found, Limit, Room};
    use crate::runner::Memory;
    use crate::study::Dtype;

    #[test]
    fn options_of_the_command_line_are_not_spoken_of() {
        let message = reworded(
            "a.polar exists and is unfinished; add --resume to go on with it, or name another file with --out",
        );
        assert!(!message.contains("--"), "{message}");
        let memory = Memory { weights: 6_000_000_000, activations: 500_000_000, clean: 20_000_000, mapped: 0 };
        let (total, free) = (7_000_000_000, 6_500_000_000);
        let rooms = vec![Room { limit: Limit::Device, total, free }];
        let found = Found { choice: Choice::Cuda(0), name: "a card".to_owned(), total, free, rooms };
        let message = reworded(&memory.require(Dtype::F32, &found).unwrap_err().to_string());
        for theirs in ["--", "texts.", "model."] {
            assert!(!message.contains(theirs), "{message}");
        }
        assert!(message.contains("fewer tokens per text"), "{message}");
    }

    #[test]
    fn sentences_stay_sentences() {
        for (theirs, ours) in [
            (
                "not even one sequence of 64 tokens fits. A smaller texts.max_tokens, model.dtype = \"bf16\", or --device cpu \
                 would help",
                "not even one sequence of 64 tokens fits. A smaller number of tokens, weights in bf16, or the CPU would help",
            ),
            (
                "texts.shorter_than (31) and texts.longer_than (30) leave no possible length",
                "\"Shorter than\" (31) and \"longer than\" (30) leave no possible length",
            ),
            ("experiments.heads.delta holds 0: every δ", "δ is 0: every δ"),
            ("no sequence of [experiments.syntax] has", "no sequence of \"Minimal pairs\" has"),
            (
                "the study differs from the one in the file at texts.max_tokens: the file has 64, the study 32; only grids, \
                 seeds, texts.limit, items and experiments may grow, so name another file with --out",
                "This study differs from the one in the file at the number of tokens: the file has 64, the study 32; only \
                 grids, seeds, the numbers of texts and pairs, and experiments may grow, so choose another results file",
            ),
            ("the file at texts.special_tokens: none", "the file at the special tokens: none"),
            (
                "experiments.sweep.seeds names 3 seeds, but under magnitude nothing is drawn in [experiments.sweep], since \
                 perturbation.sign is fixed: all of them would be one and the same run; set it to 1, or perturbation.sign \
                 to \"random\"",
                "There are 3 seeds, but under magnitude nothing is drawn in \"Sweep\", since the sign is fixed: all of them \
                 would be one and the same run; set their number to 1, or the sign to \"random\"",
            ),
            ("perturbation.seeds names no seed: at least one is needed", "There is no seed: at least one is needed"),
            (
                "perturbation.seeds is 200000: at most 100000 seeds",
                "The number of seeds is 200000: at most 100000 seeds",
            ),
            ("perturbation.seeds holds 3 twice", "The list of seeds holds 3 twice"),
            (
                "perturbation.tokens is \"last\": move earlier ones, as \"all\" and \"all-but-first\" do",
                "The choice of tokens is \"the last\": move earlier ones, as \"all\" and \"all but the first\" do",
            ),
            (
                "the study does not fit on cpu (CPU, 2 threads), which has 2.00 GB",
                "The study does not fit on the CPU (2 threads), which has 2.00 GB",
            ),
        ] {
            assert_eq!(reworded(theirs), ours);
        }
    }

    #[test]
    fn what_is_quoted_paths_and_keys_of_a_file_stay() {
        for message in [
            "/data/texts.limit/a.txt: cannot be read",
            "C:\\texts.limit\\a.txt: cannot be read",
            "my-texts.limit and texts.limit/b: cannot be read",
            "\"texts.limit\" is no paradigm of BLiMP",
            "study.toml: texts.limit: invalid type: string \"many\", expected a whole number, 0 or more",
            "config.json: the field hidden.size",
        ] {
            assert_eq!(reworded(message), message);
        }
    }
}
