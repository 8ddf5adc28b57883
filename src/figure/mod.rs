//! Tables, from a study file's contents alone.

mod file;
mod format;
mod table;
mod trials;

pub use file::write_new;
pub use format::{exponent, number, uncertain};
pub use table::{Format, TABLES, as_json, caption, cells, heads, render};
pub use trials::trials_csv;
