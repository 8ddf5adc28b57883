//! The tokenizer of a folder: its tokenizer.json, or one built from the vocab.json and merges.txt of a byte-level BPE.

use super::Config;
use crate::error::{Error, Result};
use serde_json::Value;
use std::path::{Path, PathBuf};
use tokenizers::decoders::byte_level::ByteLevel;
use tokenizers::models::bpe::BPE;
use tokenizers::processors::template::TemplateProcessing;
use tokenizers::{AddedToken, Tokenizer};

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

/// The tokenizer in `folder`, and the files that it was read from; none where there is none.
///
/// # Errors
/// [`Error::Data`] where a file is broken.
pub fn open(folder: &Path, config: &Config) -> Result<(Option<Tokenizer>, Vec<PathBuf>)> {
    let there = |name: &&&str| folder.join(name).is_file();
    let Some(form) = FORMS.iter().find(|form| form.required.iter().all(|name| there(&name))) else {
        return Ok((None, Vec::new()));
    };
    let files: Vec<PathBuf> =
        form.required.iter().chain(form.optional.iter().filter(there)).map(|name| folder.join(name)).collect();
    let tokenizer = match form.required {
        ["tokenizer.json"] => parse(&read(&files[0])?, &files[0].display().to_string())?,
        _ => byte_level_bpe(folder, config)?,
    };
    Ok((Some(tokenizer), files))
}

/// The tokenizer in the bytes of a tokenizer.json.
///
/// # Errors
/// [`Error::Data`] where they are none.
pub fn parse(bytes: &[u8], origin: &str) -> Result<Tokenizer> {
    Tokenizer::from_bytes(bytes).map_err(|error| Error::Data(format!("{origin}: not a usable tokenizer.json: {error}")))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| Error::Data(format!("{}: cannot be read: {error}", path.display())))
}

/// What the JSON file `name` in `folder` holds; null where it is not there.
fn table(folder: &Path, name: &str) -> Result<Value> {
    let path = folder.join(name);
    if !path.is_file() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&read(&path)?)
        .map_err(|error| Error::Data(format!("{}: not valid JSON: {error}", path.display())))
}

/// A token, which is written as a string or as an object with its text.
fn token(value: &Value) -> Option<String> {
    value.as_str().or_else(|| value.get("content")?.as_str()).map(ToOwned::to_owned)
}

/// Which special tokens a tokenizer's own settings name.
#[derive(Default)]
pub struct Special(Value);

impl Special {
    /// What tokenizer_config.json in `folder` says; nothing where there is none.
    ///
    /// # Errors
    /// [`Error::Data`] where it is broken.
    pub fn read(folder: &Path) -> Result<Self> {
        Ok(Self(table(folder, SETTINGS)?))
    }

    /// The id of the beginning-of-sequence token, else that of the end-of-sequence token, where there is one of them.
    /// What the tokenizer's settings say of each, that there is none included, goes before config.json, whose ids are
    /// those for generating text: Qwen2's tokenizer has no beginning-of-sequence token, its config.json names one.
    ///
    /// # Errors
    /// [`Error::Data`] where config.json is not usable.
    pub fn prefix(&self, tokenizer: &Tokenizer, config: &Config) -> Result<Option<usize>> {
        for role in ["bos_token", "eos_token"] {
            let id = match self.0.get(role) {
                Some(value) => token(value).and_then(|token| tokenizer.token_to_id(&token)).map(|id| id as usize),
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
    let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let broken = |error: &dyn std::fmt::Display| {
        Error::Data(format!("{}: vocab.json and merges.txt make no tokenizer: {error}", folder.display()))
    };
    let settings = Settings::read(folder, config)?;
    let model = BPE::from_file(&path("vocab.json"), &path("merges.txt")).build().map_err(|error| broken(&error))?;
    let mut tokenizer = Tokenizer::new(model);
    tokenizer.with_pre_tokenizer(Some(ByteLevel::new(settings.prefix_space, true, true)));
    tokenizer.with_decoder(Some(ByteLevel::default()));
    tokenizer
        .add_special_tokens(settings.special.iter().map(|token| AddedToken::from(token.clone(), true)))
        .map_err(|error| broken(&error))?;
    if settings.adds_bos {
        let id = tokenizer.token_to_id(&settings.bos);
        let id = id.ok_or_else(|| broken(&format!("the token \"{}\" is not in the vocabulary", settings.bos)))?;
        let template = TemplateProcessing::builder()
            .try_single(format!("{} $A", settings.bos))
            .map_err(|error| broken(&error))?
            .special_tokens(vec![(settings.bos.clone(), id)])
            .build()
            .map_err(|error| broken(&error))?;
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
