//! How an exported figure looks, as options.

use crate::error::Result;
use crate::figure::picture::{Bars, Scale, Values};
use crate::figure::{FigureView, Palette, Style, Theme};
use crate::study::Mode;
use clap::{Args, ValueEnum};

/// Options of figures; the export dialog sets the same.
#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools)] // each an option of its own
#[command(next_help_heading = "How figures look")]
pub struct StyleArguments {
    /// Width in millimetres: 89 for one column, 120, 183 for two
    #[arg(long, value_name = "MM", default_value_t = Style::default().width)]
    width: f64,
    /// Height in millimetres; as high as the panels need where none is given
    #[arg(long, value_name = "MM")]
    height: Option<f64>,
    /// Size of the type in points
    #[arg(long, value_name = "PT", default_value_t = Style::default().font_size)]
    font_size: f64,
    /// Colours
    #[arg(long, value_enum, default_value_t)]
    palette: Palette,
    /// What lies behind the marks
    #[arg(long, value_enum, default_value_t)]
    theme: Theme,
    /// What error bars and bands reach over
    #[arg(long, value_enum, default_value_t)]
    bars: Bars,
    /// Leaves out the titles of panels
    #[arg(long)]
    no_titles: bool,
    /// Leaves out the letters of panels
    #[arg(long)]
    no_letters: bool,
    /// Leaves out the line below that says the protocol, the layers and what the bars are
    #[arg(long)]
    no_note: bool,
    /// Ends of the axis across, such as 0:20
    #[arg(long, value_name = "LOW:HIGH", value_parser = range, allow_hyphen_values = true)]
    x: Option<(f64, f64)>,
    /// Ends of the axis upwards
    #[arg(long, value_name = "LOW:HIGH", value_parser = range, allow_hyphen_values = true)]
    y: Option<(f64, f64)>,
    /// Logarithmic axes: of δ, of the damage
    #[arg(long, value_enum, value_delimiter = ',')]
    log: Vec<Log>,
    /// Modes that are left out
    #[arg(long, value_name = "MODE", value_delimiter = ',')]
    hide: Vec<Mode>,
    /// δ, in figures that show one
    #[arg(long, value_name = "D", allow_negative_numbers = true)]
    delta: Option<f64>,
    /// Which of several a figure shows: the run whose displacement it is, or the tests
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    part: Option<String>,
    /// Which values of heads the colours are
    #[arg(long, value_enum, default_value_t)]
    heads: Values,
    /// Pixels per inch of png
    #[arg(long, default_value_t = Style::default().dpi)]
    dpi: f64,
    /// Writes text as outlines, which look the same everywhere and cannot be searched
    #[arg(long)]
    outlines: bool,
}

/// An axis that is logarithmic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Log {
    /// That of δ
    Delta,
    /// That of the damage
    Damage,
}

fn range(text: &str) -> std::result::Result<(f64, f64), String> {
    let ends = text.split_once(':').and_then(|(low, high)| Some((low.parse().ok()?, high.parse().ok()?)));
    ends.ok_or_else(|| format!("\"{text}\" is no range; two numbers are expected, such as 0:20"))
}

impl StyleArguments {
    /// The style that was asked for.
    ///
    /// # Errors
    /// [`crate::Error::usage`] where it cannot be.
    pub fn style(&self) -> Result<Style> {
        let style = Style {
            width: self.width,
            height: self.height,
            font_size: self.font_size,
            palette: self.palette,
            theme: self.theme,
            bars: self.bars,
            titles: !self.no_titles,
            letters: !self.no_letters,
            note: !self.no_note,
            x: self.x,
            y: self.y,
            dpi: self.dpi,
            outlines: self.outlines,
        };
        style.check().map(|()| style)
    }

    /// What was chosen of what a figure can show.
    pub fn view(&self) -> FigureView {
        let scale = |log| if self.log.contains(&log) { Scale::Log } else { Scale::Linear };
        FigureView {
            hidden: self.hide.clone(),
            delta: self.delta,
            scales: [Log::Delta, Log::Damage].map(scale),
            heads: self.heads,
            part: self.part.clone(),
        }
    }
}
