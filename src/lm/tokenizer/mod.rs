//! Tokenizers of other people's making: whatever their files hold, they neither panic, nor take all memory, nor keep
//! anybody waiting for ever.
//!
//! The tokenizers library panics on some files, asks for gigabytes on others, and on some texts it never ends. So a file
//! is looked at before it is built ([`bounds`]), and the library works on a thread of its own that is waited for no
//! longer than is reasonable ([`watched`]).

mod bounds;
mod outline;
mod watched;

pub(in crate::lm) use bounds::{Growth, check_token};

use crate::error::{Error, Result};
use crate::text;
use outline::Outline;
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;
use tokenizers::Tokenizer as Built;
use watched::{Trouble, Watched};

/// The most bytes of a tokenizer's file. The largest that is known has 62 MB.
pub const MOST_BYTES: u64 = 128 << 20;

/// Reads the JSON object in `text`, one of the small files beside a tokenizer, which cannot take more memory than any of
/// them has a use for.
///
/// # Errors
/// In words, where it is none or holds too much.
pub(in crate::lm) fn object(text: &str) -> std::result::Result<Map<String, Value>, String> {
    Outline::read(text).map(|outline| outline.root)
}

/// How much of a text a message repeats, characters.
const SHOWN: usize = 60;

/// A tokenizer. A clone shares all of it.
#[derive(Clone)]
pub struct Tokenizer {
    built: Arc<Built>,
    growth: Growth,
    origin: Arc<str>,
    thread: Arc<Watched>,
}

impl Tokenizer {
    /// Reads the tokenizer in the bytes of a tokenizer.json, which came from `origin`.
    ///
    /// # Errors
    /// [`Error::data`] where they are none, or one that cannot be used within the bounds of memory and time;
    /// [`Error::unavailable`] where the system gives no thread.
    pub fn parse(bytes: &[u8], origin: &str) -> Result<Self> {
        let unusable = |why: String| Error::data(format!("{origin}: not a usable tokenizer.json: {why}"));
        let json = text::decode(bytes).map_err(unusable)?;
        let growth = Outline::read(json).and_then(|outline| bounds::check(&outline)).map_err(unusable)?;
        let json = json.to_owned();
        let work = move || Built::from_bytes(&json).map_err(|error| error.to_string());
        Self::build(origin, growth, bytes.len(), "not a usable tokenizer.json", work)
    }

    /// Builds one as `work` does of the files `origin`, which have so many `bytes`; `unusable` are the words where that
    /// cannot be done.
    ///
    /// # Errors
    /// As of [`Tokenizer::parse`].
    pub(in crate::lm) fn build(
        origin: &str,
        growth: Growth,
        bytes: usize,
        unusable: &str,
        work: impl FnOnce() -> std::result::Result<Built, String> + Send + 'static,
    ) -> Result<Self> {
        let unusable = |why: &str| Error::data(format!("{origin}: {unusable}: {why}"));
        let thread = Watched::start().map_err(|trouble| no_thread(&trouble))?;
        let prepared = move || {
            let mut built = work()?;
            // A tokenizer.json may carry its maker's truncation and padding; a study has its own.
            built.with_padding(None);
            let _ = built.with_truncation(None); // fails only for a stride that there is not
            Ok::<_, String>(Arc::new(built))
        };
        match thread.ask(Duration::from_secs(10) + Duration::from_micros(bytes as u64), prepared) {
            Ok(Ok(built)) => Ok(Self { built, growth, origin: origin.into(), thread: Arc::new(thread) }),
            Ok(Err(why)) => Err(unusable(&why)),
            Err(Trouble::Panicked(words)) => Err(unusable(&format!("its parts contradict each other ({words})"))),
            Err(Trouble::Late(limit)) => {
                Err(unusable(&format!("it was not read within {} s, and was given up", limit.as_secs())))
            }
            Err(trouble @ Trouble::NoThread(_)) => Err(no_thread(&trouble)),
        }
    }

    /// The ids of `text`, with the special tokens that the tokenizer adds where `special` asks for them.
    ///
    /// # Errors
    /// [`Error::data`] where the tokenizer fails on it, or does not come to an end in a reasonable time.
    pub fn encode(&self, text: &str, special: bool) -> Result<Vec<u32>> {
        if let Err(most) = self.growth.of(text.len()) {
            return Err(Error::data(format!(
                "{}: a text of {} bytes, \"{}\", is too long for the tokenizer, which takes {most} at once; cut it into \
                 several",
                self.origin,
                text.len(),
                shown(text)
            )));
        }
        let (built, owned) = (Arc::clone(&self.built), text.to_owned());
        let limit = Duration::from_secs(5) + Duration::from_micros(100) * u32::try_from(text.len()).unwrap_or(u32::MAX);
        let ids = move || built.encode_fast(owned, special).map(|encoding| encoding.get_ids().to_vec());
        let outcome = self.thread.ask(limit, move || ids().map_err(|error| error.to_string()));
        self.outcome(outcome, &format!("\"{}\"", shown(text)))
    }

    /// What each id stands for, one string per id, with spaces as they are in the text.
    ///
    /// # Errors
    /// As of [`Tokenizer::encode`].
    pub fn pieces(&self, ids: &[u32]) -> Result<Vec<String>> {
        let (built, owned) = (Arc::clone(&self.built), ids.to_vec());
        let limit = Duration::from_secs(5) + Duration::from_millis(1) * u32::try_from(ids.len()).unwrap_or(u32::MAX);
        let outcome = self.thread.ask(limit, move || Ok(owned.iter().map(|id| piece(&built, *id)).collect()));
        self.outcome(outcome, "the token ids of a text")
    }

    /// The id of `token`, where there is one.
    #[must_use]
    pub fn id(&self, token: &str) -> Option<u32> {
        self.built.token_to_id(token)
    }

    fn outcome<T>(&self, outcome: std::result::Result<std::result::Result<T, String>, Trouble>, on: &str) -> Result<T> {
        let fails = |why: &str| Error::data(format!("{}: the tokenizer fails on {on}: {why}", self.origin));
        match outcome {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(why)) => Err(fails(&why)),
            Err(Trouble::Panicked(words)) => Err(fails(&format!(
                "its parts contradict each other ({words}); use the tokenizer.json that the model was published with"
            ))),
            Err(Trouble::Late(limit)) => Err(fails(&format!(
                "it did not come to an end within {} s, and was given up; use the tokenizer.json that the model was \
                 published with",
                limit.as_secs()
            ))),
            Err(trouble @ Trouble::NoThread(_)) => Err(no_thread(&trouble)),
        }
    }
}

fn no_thread(trouble: &Trouble) -> Error {
    let why = if let Trouble::NoThread(why) = trouble { why.as_str() } else { "none" };
    Error::unavailable(format!("the system gives no thread for the tokenizer: {why}"))
}

/// The beginning of `text`, for messages.
fn shown(text: &str) -> String {
    let start: String = text.chars().take(SHOWN).collect();
    if start.len() < text.len() { start + "…" } else { start }
}

/// What `id` stands for.
fn piece(built: &Built, id: u32) -> String {
    match built.decode(&[id], false) {
        Ok(piece) if !piece.is_empty() => match built.id_to_token(id) {
            // SentencePiece's mark of a space, which is lost at the beginning of a text.
            Some(token) if token.starts_with('▁') && !piece.starts_with(' ') => format!(" {piece}"),
            _ => piece,
        },
        _ => built.id_to_token(id).unwrap_or_else(|| format!("<{id}>")),
    }
}
