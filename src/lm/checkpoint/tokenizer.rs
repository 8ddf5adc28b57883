//! The tokenizer of a folder: its tokenizer.json, or one built from the vocab.json and merges.txt of a byte-level BPE.

use super::Config;
use crate::error::{Error, Result};
use crate::lm::tokenizer::{Growth, MOST_BYTES, Tokenizer, check_token, object};
use crate::text;
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};
use tokenizers::AddedToken;
use tokenizers::decoders::byte_level::ByteLevel;
use tokenizers::models::bpe::{BPE, Merges, Vocab};
use tokenizers::processors::template::TemplateProcessing;

/// A form in which a tokenizer is published.
pub struct Form {
    /// The files without which it is not there.
    pub required: &'static [&'static str],
    /// Those that it uses where they are there.
    pub optional: &'static [&'static str],
}

/// The file with a tokenizer's settings.
const SETTINGS: &str = "tokenizer_config.json";

/// The forms, the preferred one first.
pub const FORMS: [Form; 2] = [
    Form { required: &["tokenizer.json"], optional: &[SETTINGS] },
    Form { required: &["vocab.json", "merges.txt"], optional: &[SETTINGS, "special_tokens_map.json"] },
];

/// The families whose texts are split as vocab.json and merges.txt alone let one guess: as GPT-2's.
pub const SPLIT_AS_GPT2: [&str; 5] = ["gpt2", "opt", "gpt_neox", "gpt_neo", "gptj"];

/// The tokenizer in `folder`, and the files that it was read from; none where there is none, or where it is not known how
/// texts are split.
///
/// # Errors
/// [`Error::data`] where a file is broken.
pub fn open(folder: &Path, config: &Config) -> Result<(Option<Tokenizer>, Vec<PathBuf>)> {
    let there = |name: &&&str| folder.join(name).is_file();
    let Some(form) = FORMS.iter().find(|form| form.required.iter().all(|name| there(&name))) else {
        return Ok((None, Vec::new()));
    };
    let files: Vec<PathBuf> =
        form.required.iter().chain(form.optional.iter().filter(there)).map(|name| folder.join(name)).collect();
    if form.required != ["tokenizer.json"] && !SPLIT_AS_GPT2.contains(&config.text("model_type")?) {
        return Ok((None, Vec::new()));
    }
    let tokenizer = match form.required {
        ["tokenizer.json"] => Tokenizer::parse(&read(&files[0])?, &files[0].display().to_string())?,
        _ => byte_level_bpe(folder, config)?,
    };
    Ok((Some(tokenizer), files))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    text::read_at_most(path, MOST_BYTES).map_err(|why| Error::data(format!("{}: {why}", path.display())))
}

/// The JSON object in the file at `path`.
fn json(path: &Path) -> Result<Map<String, Value>> {
    let bytes = read(path)?;
    let found = text::decode(&bytes).and_then(object);
    found.map_err(|why| Error::data(format!("{}: {why}", path.display())))
}

/// What the JSON file `name` in `folder` holds; nothing where it is not there.
fn table(folder: &Path, name: &str) -> Result<Map<String, Value>> {
    let path = folder.join(name);
    if !path.is_file() {
        return Ok(Map::new());
    }
    json(&path)
}

/// A token, which is written as a string or as an object with its text.
fn token(value: &Value) -> Option<String> {
    value.as_str().or_else(|| value.get("content")?.as_str()).map(ToOwned::to_owned)
}

/// Which special tokens a tokenizer's own settings name.
#[derive(Default)]
pub struct Special(Map<String, Value>);

impl Special {
    /// What tokenizer_config.json in `folder` says; nothing where there is none.
    ///
    /// # Errors
    /// [`Error::data`] where it is broken.
    pub fn read(folder: &Path) -> Result<Self> {
        Ok(Self(table(folder, SETTINGS)?))
    }

    /// The id of the beginning-of-sequence token, else that of the end-of-sequence token, where there is one of them.
    /// What the tokenizer's settings say of each, that there is none included, goes before config.json, whose ids are
    /// those for generating text: Qwen2's tokenizer has no beginning-of-sequence token, its config.json names one.
    ///
    /// # Errors
    /// [`Error::data`] where config.json is not usable.
    pub fn prefix(&self, tokenizer: &Tokenizer, config: &Config) -> Result<Option<usize>> {
        for role in ["bos_token", "eos_token"] {
            let id = match self.0.get(role) {
                Some(value) => token(value).and_then(|token| tokenizer.id(&token)).map(|id| id as usize),
                None => config.optional_first_integer(&format!("{role}_id"))?,
            };
            if id.is_some() {
                return Ok(id);
            }
        }
        Ok(None)
    }
}

/// GPT-2's tokenizer, as transformers builds it for GPT-2 and OPT: special tokens are found before the text is cut, and
/// the beginning-of-sequence token is put first where the tokenizer's config asks for it, as OPT's does.
fn byte_level_bpe(folder: &Path, config: &Config) -> Result<Tokenizer> {
    let (words, rules) = (folder.join("vocab.json"), folder.join("merges.txt"));
    let (vocab, merges) = (vocabulary(&words)?, merges(&rules)?);
    let more = table(folder, "added_tokens.json")?;
    if let Some((token, id)) = more.iter().find(|(token, id)| vocab.get(*token).map(|id| u64::from(*id)) != id.as_u64())
    {
        return Err(Error::data(format!(
            "{}: the token \"{token}\" with the id {id} is not in vocab.json; tokens that were added are read from a \
             tokenizer.json alone, which transformers' save_pretrained makes",
            folder.join("added_tokens.json").display()
        )));
    }
    let settings = Settings::read(folder, config)?;
    // Tokens and their merges as they are in memory: about as much as in their files.
    let bytes = vocab.len() * 16 + merges.len() * 16;
    let work = move || build(vocab, merges, &settings).map_err(|error| error.to_string());
    let origin = folder.display().to_string();
    Tokenizer::build(&origin, Growth::OWN, bytes, "vocab.json and merges.txt make no tokenizer", work)
}

/// The tokens of a vocab.json and their ids.
fn vocabulary(path: &Path) -> Result<Vocab> {
    let broken =
        |found: &str| Error::data(format!("{}: {found}; expected an object of tokens and their ids", path.display()));
    let id = |(token, id): (String, Value)| match id.as_u64().and_then(|id| u32::try_from(id).ok()) {
        Some(id) => check_token(token.len()).map(|()| (token, id)).map_err(|why| broken(&why)),
        None => Err(broken(&format!("the token \"{token}\" has the id {id}"))),
    };
    json(path)?.into_iter().map(id).collect()
}

/// The pairs of a merges.txt, one a line; the first line may name the version of the form.
fn merges(path: &Path) -> Result<Merges> {
    let bytes = read(path)?;
    let broken = |why: String| Error::data(format!("{}: {why}", path.display()));
    let lines = text::decode(&bytes).map_err(broken)?.lines().enumerate();
    let pairs = lines.filter(|(_, line)| !line.starts_with("#version"));
    pairs
        .map(|(i, line)| match line.split(' ').collect::<Vec<_>>()[..] {
            [left, right] => Ok((left.to_owned(), right.to_owned())),
            _ => Err(broken(format!("line {}: expected two tokens with a space between them", i + 1))),
        })
        .collect()
}

fn build(vocab: Vocab, merges: Merges, settings: &Settings) -> tokenizers::Result<tokenizers::Tokenizer> {
    let mut tokenizer = tokenizers::Tokenizer::new(BPE::builder().vocab_and_merges(vocab, merges).build()?);
    tokenizer.with_pre_tokenizer(Some(ByteLevel::new(settings.prefix_space, true, true)));
    tokenizer.with_decoder(Some(ByteLevel::default()));
    tokenizer.add_special_tokens(settings.special.iter().map(|token| AddedToken::from(token.clone(), true)))?;
    if settings.adds_bos {
        let id = tokenizer.token_to_id(&settings.bos);
        let id = id.ok_or_else(|| format!("the token \"{}\" is not in the vocabulary", settings.bos))?;
        let template = TemplateProcessing::builder()
            .try_single(format!("{} $A", settings.bos))?
            .special_tokens(vec![(settings.bos.clone(), id)])
            .build()?;
        tokenizer.with_post_processor(Some(template));
    }
    Ok(tokenizer)
}

/// What tokenizer_config.json and special_tokens_map.json say.
struct Settings {
    bos: String,
    adds_bos: bool,
    prefix_space: bool,
    special: Vec<String>,
}

impl Settings {
    fn read(folder: &Path, config: &Config) -> Result<Self> {
        let (main, map) = (table(folder, SETTINGS)?, table(folder, "special_tokens_map.json")?);
        let token = |role: &str| token(main.get(role).or_else(|| map.get(role))?);
        let is_opt = config.text("model_type")? == "opt";
        let default = if is_opt { "</s>" } else { "<|endoftext|>" };
        let bos = token("bos_token").unwrap_or_else(|| default.to_owned());
        let mut special = vec![bos.clone()];
        for other in ["eos_token", "unk_token", "pad_token"].into_iter().filter_map(token) {
            if !special.contains(&other) {
                special.push(other);
            }
        }
        let flag = |name: &str| main.get(name).and_then(Value::as_bool);
        Ok(Self {
            bos,
            adds_bos: flag("add_bos_token").unwrap_or(is_opt),
            prefix_space: flag("add_prefix_space").unwrap_or(false),
            special,
        })
    }
}
