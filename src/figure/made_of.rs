//! Experiments that a table or a figure is made of, where there are none of them.

use crate::error::{Interface, Problem};
use crate::experiment::Kind;
use crate::study::Setting;

/// Words about experiments that are missing.
#[derive(Debug)]
pub(super) struct MadeOf {
    /// What comes before their names.
    pub begins: &'static str,
    /// One of these is enough.
    pub kinds: Vec<Kind>,
    /// What comes after.
    pub ends: String,
}

impl Problem for MadeOf {
    fn words(&self, interface: Interface) -> String {
        let name = |kind: &Kind| match interface {
            Interface::CommandLine => format!("[{}]", Setting::Asked(*kind)),
            Interface::Window => format!("\"{}\"", kind.title()),
        };
        let names: Vec<String> = self.kinds.iter().map(name).collect();
        format!("{}{}{}", self.begins, names.join(" or "), self.ends)
    }
}
