//! What would help where something is wrong.

use super::{Interface, Problem};

/// What would help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// Go on with the results file.
    Resume,
    /// Extend the results file.
    Extend,
    /// Another results file.
    OtherFile,
    /// A file in the folder that was named.
    FileInIt,
    /// A results file in another folder.
    OtherFolder,
    /// Move away what is in the way.
    MoveAway,
    /// Resume when there is room on the disk.
    ResumeWithRoom,
    /// Resume when the disk can be written.
    ResumeWhenWritable,
    /// Resume when no other program has the file open.
    ResumeWhenClosed,
    /// Resume when no other program has the file open, which makes one file of it and its log.
    ResumeToPack,
    /// Resume whenever.
    ResumeLater,
    /// Weights in bfloat16.
    Bf16,
    /// Fewer tokens of a text.
    FewerTokens,
    /// The CPU and the machine's own memory.
    Cpu,
    /// A smaller model.
    SmallerModel,
    /// What raises the limit that binds.
    Raise(&'static str),
}

impl Hint {
    /// Returns it in the words of `interface`, in the middle of a sentence; none where the interface has no such way.
    #[must_use]
    pub fn words(self, interface: Interface) -> Option<&'static str> {
        let (command_line, window) = match self {
            Self::Resume => ("add --resume to go on with it", Some("press Resume to go on with it")),
            Self::Extend => ("extend this one with --resume", None),
            Self::OtherFile => ("name another file with --out", Some("choose another results file")),
            Self::FileInIt => ("name a file in it with --out", Some("choose a file in it")),
            Self::OtherFolder => ("name a file in another folder with --out", Some("choose one in another folder")),
            Self::MoveAway => ("move it away", Some("move it away")),
            Self::ResumeWithRoom => ("make room and run again with --resume", Some("make room and press Resume")),
            Self::ResumeWhenWritable => (
                "run again with --resume when the disk can be written",
                Some("press Resume when the disk can be written"),
            ),
            Self::ResumeWhenClosed => {
                ("close it there and run again with --resume", Some("close it there and press Resume"))
            }
            Self::ResumeToPack => (
                "close it there and run again with --resume to make one file of them",
                Some("close it there and press Resume to make one file of them"),
            ),
            Self::ResumeLater => ("run again with --resume to go on", Some("press Resume to go on")),
            Self::Bf16 => ("model.dtype = \"bf16\"", Some("weights in bf16")),
            Self::FewerTokens => ("a smaller texts.max_tokens", Some("fewer tokens per text")),
            Self::Cpu => ("--device cpu", Some("the CPU")),
            Self::SmallerModel => ("a smaller model", Some("a smaller model")),
            Self::Raise(what) => (what, Some(what)),
        };
        match interface {
            Interface::CommandLine => Some(command_line),
            Interface::Window => window,
        }
    }

    /// Returns what comes of it, as a clause after its words.
    #[must_use]
    pub fn effect(self, interface: Interface) -> &'static str {
        match (self, interface) {
            (Self::Bf16, Interface::CommandLine) => ", which halves the weights",
            (Self::Bf16, Interface::Window) => ", which are half as large",
            (Self::FewerTokens, _) => ", which shrinks a batch",
            (Self::Cpu, _) => ", which uses the machine's own memory",
            _ => "",
        }
    }
}

/// Words that are the same for everybody, and what would help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advised {
    /// What was found, up to where the hints go on.
    found: String,
    hints: Vec<Hint>,
}

impl Advised {
    /// Returns the problem `found`, whose sentence goes on with `hints`.
    #[must_use]
    pub fn new(found: impl Into<String>, hints: &[Hint]) -> Self {
        Self { found: found.into(), hints: hints.to_vec() }
    }
}

impl Problem for Advised {
    fn words(&self, interface: Interface) -> String {
        let hints: Vec<&str> = self.hints.iter().filter_map(|hint| hint.words(interface)).collect();
        format!("{}{}", self.found, hints.join(", or "))
    }

    fn hints(&self) -> &[Hint] {
        &self.hints
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_interface_has_its_own_words() {
        let problem = Advised::new("a.polar exists and is unfinished; ", &[Hint::Resume, Hint::OtherFile]);
        for (interface, words) in [
            (
                Interface::CommandLine,
                "a.polar exists and is unfinished; add --resume to go on with it, or name another file with --out",
            ),
            (
                Interface::Window,
                "a.polar exists and is unfinished; press Resume to go on with it, or choose another results file",
            ),
        ] {
            assert_eq!(problem.words(interface), words);
        }
        let problem = Advised::new("a.polar exists and is finished; ", &[Hint::OtherFile, Hint::Extend]);
        assert_eq!(problem.words(Interface::Window), "a.polar exists and is finished; choose another results file");
    }
}
