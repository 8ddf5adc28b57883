//! The window: a shell over the library.
//!
//! The interface pushes [`action::Action`]s, which are applied once per frame; whatever takes longer than a frame may
//! last happens on other threads: the run itself ([`crate::runner::Worker`]), the preparation of the study that is
//! being edited ([`prepare`]), downloads ([`download`]), and everything that touches results and files ([`keeper`]).

mod action;
mod bar;
mod behind;
mod clerk;
mod closer;
mod command_palette;
mod commands;
mod confirm;
mod demo;
mod document;
mod document_tabs;
mod download;
mod export;
mod file_dialog;
mod files;
mod frame_times;
mod keeper;
mod kinds;
mod menu;
mod notices;
mod panels;
mod prepare;
mod remembered;
mod run;
mod setup;
mod source;
mod start;
mod summary;
mod theme;
mod trouble;
mod widgets;
mod window;
mod words;

pub use frame_times::FrameTimes;
pub use window::PolarscopeApp;

use crate::error::{Error, Result};
use std::path::PathBuf;

/// Opens the window, with the study or study file at `file` where one is given, and returns when it is closed.
///
/// # Errors
/// [`Error::unavailable`] where there is no display to open it on, or no OpenGL to draw with.
pub fn open(file: Option<PathBuf>) -> Result<()> {
    let folder = std::env::current_dir()
        .map_err(|error| Error::unavailable(format!("the current folder cannot be used: {error}")))?;
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_app_id("polarscope")
            .with_title("Polarscope")
            .with_inner_size([1440.0, 900.0])
            .with_min_inner_size([1024.0, 640.0]),
        ..Default::default()
    };
    let run = || {
        eframe::run_native(
            "polarscope",
            options,
            Box::new(move |creation| Ok(Box::new(PolarscopeApp::new(creation, folder, file)))),
        )
    };
    // The window system's libraries are found at run time, and where one is missing they may panic.
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(no_window(&error)),
        Err(panic) => Err(panicked(panic.as_ref())),
    }
}

/// What to say where the window cannot be opened.
fn no_window(error: &eframe::Error) -> Error {
    let (what, cure) = match error {
        eframe::Error::Winit(_) | eframe::Error::WinitEventLoop(_) => (
            "no display to open the window on",
            "start Polarscope in a desktop session (X11 or Wayland; DISPLAY or WAYLAND_DISPLAY says where)",
        ),
        _ => (
            "OpenGL, which draws the window, is not available",
            "install the graphics driver, or Mesa's software renderer (Debian: libgl1, libegl1 and libgl1-mesa-dri)",
        ),
    };
    // What comes before the last colon is where in a library's source it was noticed.
    let detail = error.to_string();
    let detail = detail.rsplit(": ").next().unwrap_or_default().trim_end_matches(['.', ')']);
    Error::unavailable(format!("{what} ({detail}); {cure}, or run without a window: polarscope run STUDY.toml"))
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> Error {
    let message = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    let message = message.unwrap_or("no reason given");
    // A missing library is the system's matter, all else is ours.
    if message.contains("display") || message.contains("xkbcommon") || message.contains("could not be loaded") {
        return Error::unavailable(format!(
            "the window system's libraries cannot be used ({message}); install libxkbcommon-x11-0, libx11-xcb1, \
             libxcursor1 and libxi6, or run without a window: polarscope run STUDY.toml"
        ));
    }
    Error::internal(format!("the window ended: {message}"))
}
