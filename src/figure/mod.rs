//! Tables and pictures, from a study file's contents alone.

mod file;
mod format;
mod latex;
pub mod names;
pub mod picture;
mod table;
mod tables;
mod trials;
mod view;

pub use file::write_new;
pub use format::{count, counted, exponent, is_bound, number, p_value, uncertain};
pub use table::{Column, Format, Table};
pub use tables::{table, tables};
pub use trials::trials_csv;
pub use view::View;
