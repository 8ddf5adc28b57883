//! Tables, pictures and figures, from a study file's contents alone.

mod draw;
mod figures;
mod file;
mod format;
mod latex;
pub mod names;
pub mod picture;
mod scene;
mod style;
mod table;
mod tables;
mod trials;
mod view;

pub use figures::{Figure, Findings, Source, View as FigureView, figure, figures};
pub use file::write_new;
pub use format::{count, counted, exponent, number, uncertain};
pub use scene::{Letters, Scene};
pub use style::{Palette, Style, Theme, WIDTHS};
pub use table::{Column, Format, Table};
pub use tables::{table, tables};
pub use trials::trials_csv;
pub use view::View;
