//! The program: the window, or one of the commands.

#![deny(clippy::unwrap_used, clippy::expect_used)]

use std::process::ExitCode;

fn main() -> ExitCode {
    polarscope::cli::main()
}
