//! The program: the window, or one of the commands.

#![deny(clippy::unwrap_used, clippy::expect_used)]

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    match polarscope::cli::Arguments::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("polarscope: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}
