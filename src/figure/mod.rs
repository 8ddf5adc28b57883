//! Tables, trials, cards, figures and reports, from a study file's contents alone.

mod all;
mod card;
mod cell;
mod draw;
mod figures;
mod file;
mod format;
mod forms;
mod latex;
mod made_of;
mod markdown;
pub mod names;
pub mod picture;
mod report;
pub mod scene;
mod style;
mod table;
mod tables;
mod trials;
mod view;
mod words;

pub use all::export_all;
pub use card::Card;
pub use figures::{Figure, Source, View as FigureView, check_view, figure, figures};
pub use file::{file_name, write_new, write_new_by};
pub use format::{count, counted, delta, exponent, is_bound, number, p_value, uncertain};
pub use forms::FigureFormat;
pub use report::report;
pub use scene::Letters;
pub use style::{Palette, Style, Theme, WIDTHS};
pub use table::{Column, Format, Table};
pub use tables::{table, table_ids, tables};
pub use trials::{TrialsFormat, trials};
pub use view::View;
pub use words::{Said, Word, capital};
