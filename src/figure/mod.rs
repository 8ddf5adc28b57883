//! Tables, from a study file's contents alone.

mod file;
mod format;
mod table;
mod tables;
mod trials;

pub use file::write_new;
pub use format::{exponent, number, uncertain};
pub use table::{Column, Format, Table};
pub use tables::{table, tables};
pub use trials::trials_csv;
