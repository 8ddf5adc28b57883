//! Starting a process with a fault before it.

use super::child::{ACKNOWLEDGED, FLAG};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// The library that makes faults, compiled.
pub struct Library(PathBuf);

/// What happens to a process.
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    /// Nothing.
    None,
    /// It is killed before its operation of this number.
    KillAt(usize),
    /// It is killed after this time.
    KillAfter(Duration),
    /// From its operation of this number on, nothing fits on the disk.
    FullFrom(usize),
    /// Its operation of this number fails.
    FailAt(usize),
}

/// What a process did.
#[derive(Debug)]
pub struct Outcome {
    /// Its exit code; none where it was killed.
    pub code: Option<i32>,
    /// The most trials that it acknowledged.
    pub acknowledged: usize,
    /// What it printed last.
    pub last_words: String,
}

impl Library {
    /// Compiles the library into `folder`.
    pub fn compile(folder: &Path) -> Self {
        let library = folder.join("fault.so");
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/campaign/fault.c");
        let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
        let flags = ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"];
        let status = Command::new(compiler).args(flags).arg(&library).arg(source).args(["-ldl", "-lpthread"]).status();
        assert!(status.expect("a C compiler").success(), "fault.c does not compile");
        Self(library)
    }

    /// Runs `study` to the file `out`, or goes on with it, under `fault`. What a disk has to hold is kept in `shadow`, where
    /// that is given; the number of operations that files were changed by goes to the file `count`.
    pub fn run(&self, fault: Fault, study: &Path, out: &Path, shadow: Option<&Path>, count: Option<&Path>) -> Outcome {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.args([FLAG.as_ref(), study.as_os_str(), out.as_os_str()]).stdout(Stdio::piped()).stderr(Stdio::null());
        command.env("LD_PRELOAD", &self.0).env("FAULT_FOLDER", out.parent().expect("a folder"));
        match fault {
            Fault::None | Fault::KillAfter(_) => {}
            Fault::KillAt(at) => drop(command.env("FAULT_KIND", "kill").env("FAULT_AT", at.to_string())),
            Fault::FullFrom(at) => drop(command.env("FAULT_KIND", "full").env("FAULT_AT", at.to_string())),
            Fault::FailAt(at) => drop(command.env("FAULT_KIND", "io").env("FAULT_AT", at.to_string())),
        }
        for (name, path) in [("FAULT_SHADOW", shadow), ("FAULT_COUNT", count)] {
            path.map(|path| command.env(name, path));
        }
        let mut process = command.spawn().expect("this program starts");
        if let Fault::KillAfter(time) = fault {
            std::thread::sleep(time);
            process.kill().expect("it can be killed");
        }
        let output = process.wait_with_output().expect("it ends");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        // A process that is killed may leave half a line.
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        let counts = whole.lines().filter_map(|line| line.strip_prefix(ACKNOWLEDGED)?.parse().ok());
        Outcome {
            code: output.status.code(),
            acknowledged: counts.max().unwrap_or(0),
            last_words: text.lines().last().unwrap_or_default().to_owned(),
        }
    }
}
