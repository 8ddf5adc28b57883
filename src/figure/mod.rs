//! Tables, trials and cards, from a study file's contents alone.

mod card;
mod file;
mod format;
mod latex;
mod table;
mod tables;
mod trials;
mod view;

pub use card::Card;
pub use file::write_new;
pub use format::{exponent, number, uncertain};
pub use table::{Column, Format, Table};
pub use tables::{table, tables};
pub use trials::{TrialsFormat, trials};
pub use view::View;
