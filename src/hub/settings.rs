//! Where the Hub is, where its files are kept and who asks: the variables that Python's huggingface_hub has for them.

use crate::text;
use std::path::PathBuf;

/// What a [`Hub`](super::Hub) has to know of its surroundings.
pub struct Settings {
    /// The Hub's address, `HF_ENDPOINT`.
    pub endpoint: String,
    /// The folder of the cache, `HF_HUB_CACHE`, or `hub` in `HF_HOME`.
    pub cache: PathBuf,
    /// Who asks: `HF_TOKEN`, or what is in the file `HF_TOKEN_PATH`, or `token` in `HF_HOME`.
    pub token: Option<String>,
    /// Whether `HF_HUB_OFFLINE` forbids the network.
    pub offline: bool,
}

impl Settings {
    /// The settings that the process was started with.
    #[must_use]
    pub fn from_environment() -> Self {
        Self::from_variables(&|name| std::env::var(name).ok())
    }

    fn from_variables(variable: &dyn Fn(&str) -> Option<String>) -> Self {
        // An empty variable is what scripts leave where they mean none.
        let set = |name: &str| variable(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let folder = |name: &str| set(name).map(|path| in_home(&path));
        let home = folder("HF_HOME")
            .or_else(|| folder("XDG_CACHE_HOME").map(|cache| cache.join("huggingface")))
            .unwrap_or_else(|| in_home("~/.cache/huggingface"));
        let cache =
            folder("HF_HUB_CACHE").or_else(|| folder("HUGGINGFACE_HUB_CACHE")).unwrap_or_else(|| home.join("hub"));
        let token_file = folder("HF_TOKEN_PATH").unwrap_or_else(|| home.join("token"));
        let stored = || {
            let text = std::fs::read_to_string(token_file).ok()?;
            Some(text::without_mark(&text).trim().to_owned()).filter(|token| !token.is_empty())
        };
        Self {
            endpoint: set("HF_ENDPOINT").unwrap_or_else(|| "https://huggingface.co".to_owned()),
            cache,
            token: set("HF_TOKEN").or_else(stored),
            offline: set("HF_HUB_OFFLINE")
                .is_some_and(|value| ["1", "true", "yes", "on"].contains(&value.to_lowercase().as_str())),
        }
    }
}

/// `path`, with a leading `~` read as shells do.
fn in_home(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Settings {
        Settings::from_variables(&|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_cache_is_where_python_has_it() {
        assert_eq!(of(&[("HF_HOME", "/h")]).cache, PathBuf::from("/h/hub"));
        assert_eq!(of(&[("HF_HOME", "/h"), ("HF_HUB_CACHE", "/c")]).cache, PathBuf::from("/c"));
        assert_eq!(of(&[("XDG_CACHE_HOME", "/x")]).cache, PathBuf::from("/x/huggingface/hub"));
        let home = std::env::home_dir().unwrap();
        assert_eq!(of(&[("HF_HOME", "")]).cache, home.join(".cache/huggingface/hub"));
        assert_eq!(of(&[("HF_HOME", "~/h")]).cache, home.join("h/hub"));
    }

    #[test]
    fn the_token_comes_from_its_variable_or_its_file() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("token"), "hf_stored\n").unwrap();
        let home = folder.path().to_str().unwrap();
        assert_eq!(of(&[("HF_HOME", home)]).token.as_deref(), Some("hf_stored"));
        assert_eq!(of(&[("HF_HOME", home), ("HF_TOKEN", " hf_said\n")]).token.as_deref(), Some("hf_said"));
        let file = folder.path().join("token");
        assert_eq!(of(&[("HF_TOKEN_PATH", file.to_str().unwrap())]).token.as_deref(), Some("hf_stored"));
        assert_eq!(of(&[("HF_HOME", "/nowhere")]).token, None);
    }

    #[test]
    fn offline_has_the_words_of_python() {
        for (value, offline) in [("1", true), ("ON", true), ("True", true), ("yes", true), ("0", false), ("", false)] {
            assert_eq!(of(&[("HF_HUB_OFFLINE", value)]).offline, offline, "{value}");
        }
    }
}
