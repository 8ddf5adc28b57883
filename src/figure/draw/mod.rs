//! From pictures to a page: what the window paints, laid out for print.

mod axes;
mod chart;
mod layout;
mod legend;
mod map;
mod marks;
mod page;
mod panel;
mod plane;
mod rows;
mod stars;
mod ticks;

pub use chart::ChartPanel;
pub use legend::{Entry, add as add_entry};
pub use map::MapPanel;
pub use page::{Block, Page};
pub use panel::{Content, Panel};
pub use rows::{Row as RowsRow, RowMark, RowsPanel};
