//! What can be wrong with a study's settings, and the sentences that say it: for whoever writes TOML and for whoever sees the
//! window's controls.

use super::{Key, Kind, Layers, Mode, Setting, Syntax, TextChoice, Tokens, word};
use crate::error::Interface::{self, CommandLine, Window};
use crate::error::Problem;
use std::fmt::Display;

/// What is wrong with a setting.
#[derive(Debug, Clone, PartialEq)]
pub enum Wrong {
    /// It has a value that it cannot have.
    Is(Setting, String, Need),
    /// One of its values is one that it cannot have.
    Holds(Setting, String, Need),
    /// A value is in its list twice.
    Twice(Setting, String),
    /// More values than any study needs: how many there are, what they are, and how many there may be.
    TooMany(Setting, usize, &'static str, usize),
    /// The study's name has too many characters: how many, and how many it may have.
    LongName(usize, usize),
    /// It has too many bytes: how many, and how many it may have.
    Long(Setting, usize, usize),
    /// More random sets than there are.
    TooManySets {
        /// How many are asked for.
        random: usize,
        /// Disturbed layers.
        disturbed: usize,
        /// Layers of a set.
        size: usize,
        /// How many there are.
        all: u128,
    },
    /// No δ is in the list.
    NoDelta(Setting),
    /// No seed is in the list.
    NoSeed(Setting),
    /// No mode is chosen.
    NoMode,
    /// No token is chosen.
    NoToken,
    /// The file of directions has no name.
    NoDirection,
    /// No experiment is asked.
    NoExperiment,
    /// No layer is in the list.
    NoLayer,
    /// No text can have a length between these.
    NoLength {
        /// Texts are longer than this.
        longer: usize,
        /// Texts are shorter than this.
        shorter: usize,
    },
    /// An experiment at one δ has none, and the default is a length.
    DeltaUnset(Setting, f64),
    /// The audit is asked, and the study overrides what it varies.
    Audited,
    /// Several seeds, and nothing that is drawn.
    OneRun {
        /// The setting of seeds.
        setting: Setting,
        /// How many.
        seeds: usize,
        /// The experiment.
        kind: Kind,
        /// Its modes.
        modes: Vec<Mode>,
        /// Of sign and direction, what could be drawn and is fixed.
        fixed: Vec<Setting>,
    },
    /// What is read or repaired comes before what is disturbed.
    TooEarly {
        /// The setting of the layers.
        setting: Setting,
        /// Whether they are repaired; else they are read.
        repaired: bool,
        /// The layers, where they are set.
        found: Option<Layers>,
        /// The disturbed layers.
        disturbed: Vec<usize>,
        /// The model's last layer.
        deepest: usize,
    },
    /// No sequence has any of the tokens.
    NoSuchToken(Kind, usize),
    /// Most sequences do not have the tokens.
    FewTokens {
        /// The tokens.
        tokens: Tokens,
        /// Sequences that have them, before the last token.
        able: usize,
        /// All sequences.
        all: usize,
        /// The experiment.
        kind: Kind,
    },
    /// Nothing that is scored depends on the tokens.
    LastTokens(Tokens, Kind),
    /// Sign or direction is set, and no mode has one.
    Unused(Setting),
    /// More heads than there are.
    TooManyHeads(Setting, usize, usize),
    /// A window is wider than the model is deep.
    TooWide(usize, usize),
    /// The model does not have a layer.
    NoSuchLayer(Layers, usize, usize),
    /// The source holds nothing.
    EmptySource(Setting, String),
    /// No text of the source passes the filter.
    NoneTextPasses(Box<TextChoice>, usize),
    /// There is no source of this name.
    NoSource(Setting, String),
    /// Fewer pairs than paradigms.
    FewPairs(usize, usize),
    /// The source does not have a paradigm.
    NoParadigm {
        /// Its name.
        name: String,
        /// The source.
        source: String,
        /// The paradigms of the source.
        known: Vec<String>,
    },
    /// BLiMP does not have a paradigm: its name, and a question after one that may have been meant.
    NoneOfBlimp(String, String),
    /// A paradigm has too few pairs.
    ShortParadigm {
        /// The number of pairs that is asked for.
        items: usize,
        /// Of each paradigm.
        each: usize,
        /// The paradigm.
        name: String,
        /// Pairs that it has.
        there: usize,
        /// The largest number of pairs that would do.
        most: usize,
    },
    /// The beginning-of-sequence token is asked for, and the model has none.
    NoBos,
    /// Scoring needs a token before the sentence, and the model has none.
    NoPrefix,
    /// The CPU does not compute in this type.
    NotOnCpu(super::Dtype),
    /// It differs from that of the study file which is to be extended: its value there, and here.
    Extends(Setting, String, String),
}

/// What a value has to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Need {
    /// One text at least.
    Text,
    /// One pair at least.
    Pair,
    /// Two tokens at least.
    TwoTokens,
    /// One head at least.
    Head,
    /// One layer at least.
    Layer,
    /// A finite δ above 0.
    Delta,
    /// A δ that float32 holds, up to this.
    LongDelta(f64),
    /// A share of a length that float32 can move by, down to this.
    FineDelta(f64),
    /// So many seeds at most.
    Seeds(u32),
    /// A seed up to this.
    Seed(i64),
    /// A bound above 0.
    Bound,
    /// Less than so many disturbed layers.
    BelowDisturbed(usize),
    /// So many random sets at most.
    RandomSets(usize),
}

impl Display for Need {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text => f.write_str("at least one text is needed"),
            Self::Pair => f.write_str("at least one pair is needed"),
            Self::TwoTokens => f.write_str("a next-token loss needs at least 2 tokens"),
            Self::Head => f.write_str("at least one head is repaired"),
            Self::Layer => f.write_str("a set has at least one layer"),
            Self::Delta => f.write_str("every δ must be a finite number greater than 0"),
            Self::LongDelta(most) => write!(f, "δ goes up to {most:e}, since float32 holds no longer vectors"),
            Self::FineDelta(least) => {
                write!(f, "float32 cannot move a vector by so small a share of its length; δ goes down to {least:.1e}")
            }
            Self::Seeds(most) => write!(f, "at most {most} seeds"),
            Self::Seed(most) => write!(f, "seeds go up to {most}"),
            Self::Bound => f.write_str("a bound is a number above 0"),
            Self::RandomSets(most) => {
                write!(f, "each random set is a run of its own, and at most {most} are drawn")
            }
            Self::BelowDisturbed(layers) => {
                write!(f, "sets are chosen of the {layers} disturbed layers, so it has to be less")
            }
        }
    }
}

impl From<Wrong> for crate::Error {
    fn from(wrong: Wrong) -> Self {
        Self::usage(wrong)
    }
}

impl Problem for Wrong {
    fn setting(&self) -> Option<&'static str> {
        let setting = match self {
            Self::Is(setting, ..)
            | Self::Holds(setting, ..)
            | Self::Twice(setting, _)
            | Self::NoDelta(setting)
            | Self::NoSeed(setting)
            | Self::DeltaUnset(setting, _)
            | Self::OneRun { setting, .. }
            | Self::TooEarly { setting, .. }
            | Self::Unused(setting)
            | Self::TooManyHeads(setting, ..)
            | Self::EmptySource(setting, _)
            | Self::NoSource(setting, _)
            | Self::Extends(setting, ..)
            | Self::TooMany(setting, ..)
            | Self::Long(setting, ..) => *setting,
            Self::LongName(..) => Setting::Name,
            Self::TooManySets { .. } => Setting::Of(Kind::LayerSets, Key::Random),
            Self::NoMode => Setting::Modes,
            Self::NoToken | Self::NoSuchToken(..) | Self::FewTokens { .. } | Self::LastTokens(..) => Setting::Tokens,
            Self::NoDirection => Setting::Direction,
            Self::NoLength { .. } => Setting::ShorterThan,
            Self::Audited => Setting::Asked(Kind::Audit),
            Self::TooWide(..) => Setting::Of(Kind::LayerSets, Key::Window),
            Self::NoneTextPasses(..) => Setting::Source,
            Self::FewPairs(..) | Self::ShortParadigm { .. } => Setting::Of(Kind::Syntax, Key::Items),
            Self::NoParadigm { .. } | Self::NoneOfBlimp(..) => Setting::Of(Kind::Syntax, Key::Paradigms),
            Self::NoBos => Setting::SpecialTokens,
            Self::NoPrefix => Setting::Of(Kind::Syntax, Key::Scoring),
            Self::NotOnCpu(_) => Setting::Dtype,
            Self::NoExperiment => return Some("experiments"),
            // Whoever resolves layers knows of which setting they are.
            Self::NoLayer | Self::NoSuchLayer(..) => return None,
        };
        Some(setting.path())
    }

    #[expect(clippy::too_many_lines, reason = "a sentence for each problem, all in one place")]
    fn words(&self, to: Interface) -> String {
        match self {
            Self::Is(setting, found, need) => format!("{} {found}: {need}", subject_is(*setting, to)),
            // "δ holds 0" is of a list.
            Self::Holds(setting @ Setting::Of(_, Key::Delta), found, need) if to == Window => {
                format!("{} is {found}: {need}", subject(*setting, to))
            }
            Self::Holds(setting, found, need) => format!("{} holds {found}: {need}", subject(*setting, to)),
            Self::Twice(setting @ Setting::Modes, value) if to == Window => {
                format!("{} have {value} twice", subject(*setting, to))
            }
            Self::Twice(setting @ (Setting::Modes | Setting::Of(_, Key::Paradigms)), value) => {
                format!("{} names {value} twice", subject(*setting, to))
            }
            Self::Twice(setting, value) => format!("{} holds {value} twice", subject(*setting, to)),
            Self::TooMany(setting, count, what, most) => {
                format!("{} holds {count} {what}: at most {most}", subject(*setting, to))
            }
            Self::LongName(count, most) => {
                format!("{} has {count} characters: at most {most}, as it is a title", subject(Setting::Name, to))
            }
            Self::Long(setting, count, most) => {
                let file = if *setting == Setting::Direction && to == CommandLine { ".file" } else { "" };
                format!("{}{file} has {count} bytes: at most {most}", subject(*setting, to))
            }
            Self::TooManySets { random, disturbed, size, all } => format!(
                "{} is {random}: of the {disturbed} disturbed layers there are {all} sets of {size}; draw no more",
                subject(Setting::Of(Kind::LayerSets, Key::Random), to)
            ),
            Self::NoDelta(setting) => format!("{} is empty: at least one δ is needed", subject(*setting, to)),
            Self::NoSeed(setting) => format!("{}: at least one is needed", count_of_seeds(*setting, None, to)),
            Self::NoMode => match to {
                CommandLine => format!(
                    "{} is empty: name \"magnitude\", \"angular\", \"isotropic\", {{ blend = 45 }} or several",
                    Setting::Modes
                ),
                Window => "Choose at least one mode".to_owned(),
            },
            Self::NoToken => match to {
                CommandLine => format!("{} is an empty list: name at least one position", Setting::Tokens),
                Window => "No token is chosen: name at least one position".to_owned(),
            },
            Self::NoDirection => match to {
                CommandLine => format!(
                    "{}.file is empty: name a safetensors file, or set direction to \"random\"",
                    Setting::Direction
                ),
                Window => "Name a safetensors file, or write random".to_owned(),
            },
            Self::NoExperiment => match to {
                CommandLine => "the study has no experiment: add [experiments.sweep] or another one",
                Window => "Choose at least one experiment: without one there is nothing to run",
            }
            .to_owned(),
            Self::NoLayer => "layers: the list is empty; name at least one layer".to_owned(),
            Self::NoLength { longer, shorter } => format!(
                "{} ({shorter}) and {} ({longer}) leave no possible length",
                subject(Setting::ShorterThan, to),
                object(Setting::LongerThan, to)
            ),
            Self::DeltaUnset(setting, default) => format!(
                "{} is not set: its default is a length ({default}), and {}",
                subject(*setting, to),
                match to {
                    CommandLine => format!("{} is a fraction", Setting::DeltaUnit),
                    Window => "this study's δ are fractions".to_owned(),
                }
            ),
            Self::Audited => match to {
                CommandLine => format!(
                    "{} sets matching, coherence, pairing and rotation itself: leave them out of [perturbation]",
                    Setting::Asked(Kind::Audit)
                ),
                Window => "The audit varies matching, coherence, pairing and rotation itself: set them to \"as the \
                           protocol\""
                    .to_owned(),
            },
            Self::OneRun { setting, seeds, kind, modes, fixed } => {
                let why = |setting: &Setting| {
                    let how = if *setting == Setting::Sign { "fixed" } else { "given" };
                    format!("{} is {how}", object(*setting, to))
                };
                format!(
                    "{}, but under {} nothing is drawn in {}, since {}: all of them would be one and the same run; set {} to \
                     1, or {} to \"random\"",
                    count_of_seeds(*setting, Some(*seeds), to),
                    joined(modes, " and "),
                    experiment(*kind, to),
                    joined(fixed.iter().map(why), " and "),
                    match to {
                        CommandLine => "it",
                        Window => "their number",
                    },
                    joined(fixed.iter().map(|setting| object(*setting, to)), " or "),
                )
            }
            Self::TooEarly { setting, repaired, found, disturbed, deepest } => {
                let verb = if *repaired { "repaired" } else { "read" };
                let first = disturbed.first().copied().unwrap_or(0);
                let found = if let Some(layers) = found {
                    format!("is \"{layers}\"")
                } else {
                    let shown = Layers::these(disturbed.clone()).map_or_else(|_| String::new(), |l| l.to_string());
                    format!("is not set, so that the disturbed layers ({shown}) are {verb}")
                };
                let remedy = if first == *deepest {
                    format!("layer {first} is the model's last one: disturb an earlier one")
                } else {
                    format!("name at least one of the layers {} to {deepest}", first + 1)
                };
                format!(
                    "{} {found}: nothing that can be {verb} there differs from the clean run, since the disturbance begins \
                     at the output of layer {first}; {remedy}",
                    subject(*setting, to)
                )
            }
            Self::NoSuchToken(kind, longest) => format!(
                "{}: no sequence of {} is long enough to have one of these positions; the longest has {longest} tokens, at \
                 0 to {}",
                match to {
                    CommandLine => Setting::Tokens.path(),
                    Window => "Tokens",
                },
                experiment(*kind, to),
                longest.saturating_sub(1)
            ),
            Self::FewTokens { tokens, able, all, kind } => format!(
                "{} {}: in {able} of the {all} sequences of {} a token before the last one is moved; in the others nothing \
                 that is scored could change, and their zeros would pass for a small effect; name tokens that at least half \
                 of them have, or choose longer texts",
                subject(Setting::Tokens, to),
                chosen(tokens, to),
                experiment(*kind, to)
            ),
            Self::LastTokens(tokens, kind) => {
                let experiment = experiment(*kind, to);
                let found = match tokens {
                    Tokens::At(_) => {
                        format!("{}, of which {experiment} has the last tokens alone", chosen(tokens, to))
                    }
                    _ => chosen(tokens, to),
                };
                let others = match to {
                    CommandLine => "\"all\" and \"all-but-first\"",
                    Window => "\"all\" and \"all but the first\"",
                };
                format!(
                    "{} {found}: the last token of a sequence predicts none, so that nothing that {experiment} scores could \
                     change; move earlier ones, as {others} do, or leave this experiment out",
                    subject(Setting::Tokens, to)
                )
            }
            Self::Unused(setting) => {
                let [found, modes] = match setting {
                    Setting::Sign => {
                        ["is fixed, and no mode of the study has a sign", "\"magnitude\" or { blend = 45 }"]
                    }
                    _ => [
                        "is given, and no mode of the study moves along a direction",
                        "\"angular\", \"isotropic\" or { blend = 45 }",
                    ],
                };
                format!(
                    "{} {found}; set it to \"random\", or add {modes} to {}",
                    subject(*setting, to),
                    object(Setting::Modes, to)
                )
            }
            Self::TooManyHeads(setting, most, there) => {
                format!("{} asks for {most} heads; the repaired layers have {there}", subject(*setting, to))
            }
            Self::TooWide(window, layers) => format!(
                "{} is {window}; the model has {layers} layers",
                subject(Setting::Of(Kind::LayerSets, Key::Window), to)
            ),
            Self::NoSuchLayer(layers, layer, count) => format!(
                "layers \"{layers}\": there is no layer {layer}; the model has {count} layers, 0 to {}",
                count.saturating_sub(1)
            ),
            Self::EmptySource(setting, source) => {
                let what = if *setting == Setting::Source { "text" } else { "pair" };
                format!("{} \"{source}\" holds no {what}", subject(*setting, to))
            }
            Self::NoneTextPasses(choice, available) => format!(
                "{} \"{}\": none of its {available} texts passes the filter (more than {} and fewer than {} characters, \
                 contains \"{}\", does not start with \"{}\")",
                subject(Setting::Source, to),
                choice.source,
                choice.longer_than,
                choice.shorter_than,
                choice.must_contain,
                choice.must_not_start_with
            ),
            Self::NoSource(setting @ Setting::Source, source) => format!(
                "{} \"{source}\": expected {}, or a text file (one text a line, or .jsonl with a \"text\" field), and there \
                 is no such file",
                subject(*setting, to),
                joined(TextChoice::KEYWORDS.map(|word| format!("\"{word}\"")), ", ")
            ),
            Self::NoSource(setting, source) => format!(
                "{} \"{source}\": expected {}, a .jsonl file in BLiMP's form or a folder of them, and there is no such file \
                 or folder",
                subject(*setting, to),
                joined(Syntax::KEYWORDS.map(|word| format!("\"{word}\"")), ", ")
            ),
            Self::FewPairs(items, paradigms) => format!(
                "{} is {items}, fewer than one for each of {paradigms} paradigms",
                subject(Setting::Of(Kind::Syntax, Key::Items), to)
            ),
            Self::NoParadigm { name, source, known } => format!(
                "{}: \"{name}\" is not in \"{source}\", which has {}",
                subject(Setting::Of(Kind::Syntax, Key::Paradigms), to),
                known.join(", ")
            ),
            Self::NoneOfBlimp(name, question) => format!(
                "{}: \"{name}\" is no paradigm of BLiMP{question}",
                subject(Setting::Of(Kind::Syntax, Key::Paradigms), to)
            ),
            Self::ShortParadigm { items, each, name, there, most } => format!(
                "{} is {items}, {each} pairs of each paradigm, and \"{name}\" has {there}; set it to {most} or less",
                subject(Setting::Of(Kind::Syntax, Key::Items), to)
            ),
            Self::NoBos => match to {
                CommandLine => "special_tokens = \"bos\", but the model names no bos_token_id",
                Window => "The model has no beginning-of-sequence token: choose other special tokens",
            }
            .to_owned(),
            Self::NoPrefix => {
                let [scoring, names] = match to {
                    CommandLine => ["experiments.syntax.scoring = \"lm-eval\"", " (bos_token_id, eos_token_id)"],
                    Window => ["Scoring as lm-eval", ""],
                };
                format!(
                    "{scoring} puts the beginning-of-sequence token before each sentence, else the end-of-sequence token, \
                     and the model has neither{names}"
                )
            }
            Self::NotOnCpu(dtype) => {
                let [found, remedy] = match to {
                    CommandLine => ["model.dtype is", "set it to \"f32\" on the CPU"],
                    Window => ["The weights are set to", "set them to f32, or choose a CUDA device"],
                };
                format!("{found} \"{dtype}\", which only a CUDA device computes in; {remedy}")
            }
            Self::Extends(setting, before, after) => {
                let [the, grow, other] = match to {
                    CommandLine => [
                        "the study",
                        "only grids, seeds, texts.limit, items and experiments may grow",
                        "name another file with --out",
                    ],
                    Window => [
                        "This study",
                        "only grids, seeds, the numbers of texts and pairs, and experiments may grow",
                        "choose another results file",
                    ],
                };
                format!(
                    "{the} differs from the one in the file at {}: the file has {before}, the study {after}; {grow}, so \
                     {other}",
                    object(*setting, to)
                )
            }
        }
    }
}

/// Returns `setting` as the subject that a sentence begins with.
fn subject(setting: Setting, to: Interface) -> String {
    let object = object(setting, to);
    let mut letters = object.chars();
    match (to, letters.next()) {
        (Window, Some(first)) if first.is_ascii() => first.to_uppercase().chain(letters).collect(),
        _ => object,
    }
}

/// Returns the beginning "… is" of a sentence about the value of `setting`.
fn subject_is(setting: Setting, to: Interface) -> String {
    match (setting, to) {
        (Setting::Seeds | Setting::Of(_, Key::Seeds), Window) => "The number of seeds is".to_owned(),
        _ => format!("{} is", subject(setting, to)),
    }
}

/// Returns the beginning of a sentence that says how many seeds `setting` has.
fn count_of_seeds(setting: Setting, count: Option<usize>, to: Interface) -> String {
    match (count, to) {
        (None, CommandLine) => format!("{setting} names no seed"),
        (None, Window) => "There is no seed".to_owned(),
        (Some(count), CommandLine) => format!("{setting} names {count} seeds"),
        (Some(count), Window) => format!("There are {count} seeds"),
    }
}

/// Returns `setting` as it is called in the middle of a sentence.
fn object(setting: Setting, to: Interface) -> String {
    match (to, setting) {
        (CommandLine, setting) => setting.to_string(),
        (Window, Setting::Asked(kind)) => experiment(kind, to),
        (Window, setting) => setting.noun().to_owned(),
    }
}

/// Returns the name of the experiment `kind`.
fn experiment(kind: Kind, to: Interface) -> String {
    match to {
        CommandLine => format!("[{}]", Setting::Asked(kind)),
        Window => format!("\"{}\"", kind.table().title()),
    }
}

/// Returns the choice of tokens, after its name.
fn chosen(tokens: &Tokens, to: Interface) -> String {
    match (tokens, to) {
        (Tokens::At(list), _) => format!("is {list:?}"),
        (Tokens::Last, Window) => "is \"the last\"".to_owned(),
        (tokens, _) => format!("is \"{}\"", word(tokens)),
    }
}

fn joined<T: Display>(parts: impl IntoIterator<Item = T>, with: &str) -> String {
    parts.into_iter().map(|part| part.to_string()).collect::<Vec<_>>().join(with)
}
