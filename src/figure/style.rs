//! How figures look: their size, type, colours and what is written beside the marks. The export dialog and the command
//! line set the same.

use super::picture::{Bars, Colours, Ink};
use super::scene::{Letters, Rgb};
use crate::error::{Error, Result};
use crate::study::Mode;
use serde::{Deserialize, Serialize};

/// How a figure looks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[allow(clippy::struct_excessive_bools)] // each a switch of its own
pub struct Style {
    /// Width, millimetres.
    pub width: f64,
    /// Height, millimetres; none for as high as the panels need.
    pub height: Option<f64>,
    /// Size of the type, points; ticks and notes are smaller.
    pub font_size: f64,
    /// Colours.
    pub palette: Palette,
    /// What lies behind the marks.
    pub theme: Theme,
    /// What error bars and bands reach over.
    pub bars: Bars,
    /// Whether panels have titles.
    pub titles: bool,
    /// Whether panels have letters, where there are several.
    pub letters: bool,
    /// Whether a line below says the protocol, the layers and what the bars are.
    pub note: bool,
    /// Ends of the axis across of the first panel, and of those that go over the same; none for all that there is.
    pub x: Option<(f64, f64)>,
    /// Ends of the axis upwards of the first panel, and of those that measure the same.
    pub y: Option<(f64, f64)>,
    /// Pixels per inch of PNG files.
    pub dpi: f64,
    /// Whether text is written as outlines.
    pub outlines: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            width: 183.0,
            height: None,
            font_size: 8.0,
            palette: Palette::default(),
            theme: Theme::default(),
            bars: Bars::default(),
            titles: true,
            letters: true,
            note: true,
            x: None,
            y: None,
            dpi: 300.0,
            outlines: false,
        }
    }
}

/// The colours of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Palette {
    /// Told apart by people who see colours differently: the window's.
    #[default]
    Colour,
    /// Shades of grey.
    Grey,
    /// Red and blue, as in the published study.
    Study,
}

/// What lies behind the marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// Axes alone.
    #[default]
    Axes,
    /// Lines at the ticks.
    Grid,
}

/// Widths of a figure, millimetres, and what they are for.
pub const WIDTHS: [(f64, &str); 4] =
    [(89.0, "One column"), (120.0, "One and a half"), (183.0, "Two columns"), (254.0, "Slide")];

/// Millimetres to points.
pub const POINTS: f64 = 72.0 / 25.4;

/// The largest picture, pixels.
const MOST_PIXELS: f64 = 2e8;

impl Style {
    /// Whether it can be drawn.
    ///
    /// # Errors
    /// [`Error::usage`] that names what is out of range, and its range.
    pub fn check(&self) -> Result<()> {
        let within = |name: &str, value: f64, low: f64, high: f64, unit: &str| {
            if (low..=high).contains(&value) {
                return Ok(());
            }
            Err(Error::usage(format!("the {name} of a figure is {value} {unit}; it goes from {low} to {high} {unit}")))
        };
        within("width", self.width, 30.0, 1200.0, "mm")?;
        self.height.map_or(Ok(()), |height| within("height", height, 20.0, 1200.0, "mm"))?;
        within("font size", self.font_size, 4.0, 48.0, "pt")?;
        within("resolution", self.dpi, 36.0, 2400.0, "dpi")?;
        for (axis, range) in [("x", self.x), ("y", self.y)] {
            if range.is_some_and(|(low, high)| !(low.is_finite() && high.is_finite() && low < high)) {
                let (low, high) = range.unwrap_or_default();
                let why = "the first has to be below the second";
                return Err(Error::usage(format!("the {axis} axis is to go from {low} to {high}: {why}")));
            }
        }
        Ok(())
    }

    /// Whether a picture of this size, in points, can be made at the resolution.
    ///
    /// # Errors
    /// [`Error::usage`] where it would have too many pixels.
    pub fn check_pixels(&self, width: f64, height: f64) -> Result<()> {
        let pixels = width * height * (self.dpi / 72.0).powi(2);
        if pixels <= MOST_PIXELS {
            return Ok(());
        }
        let (most, millions) = (MOST_PIXELS / 1e6, pixels / 1e6);
        let dpi = self.dpi;
        Err(Error::usage(format!(
            "at {dpi} dpi this figure has {millions:.0} million pixels; at most {most:.0} million can be written, so take fewer \
             dpi or a smaller figure"
        )))
    }

    /// How text is written.
    #[must_use]
    pub fn text(&self) -> Letters {
        if self.outlines { Letters::Outlines } else { Letters::Embedded }
    }

    /// Size of what stands at ticks, in legends and in notes, points.
    #[must_use]
    pub fn small(&self) -> f64 {
        0.875 * self.font_size
    }

    /// The colour of what `ink` is for.
    #[must_use]
    pub fn ink(&self, ink: Ink) -> Rgb {
        match ink {
            Ink::Text => TEXT,
            Ink::Muted => MUTED,
            Ink::Mode(mode) => self.palette.mode(mode),
        }
    }
}

/// The colour of text and axes.
pub const TEXT: Rgb = [0x1B, 0x1F, 0x24];
/// The colour of notes.
pub const MUTED: Rgb = [0x5B, 0x64, 0x70];
/// The colour of a grid.
pub const GRID: Rgb = [0xE3, 0xE6, 0xEA];
/// The ground of what is told apart by no more than a shade.
pub const SHADE: Rgb = [0xEE, 0xF0, 0xF3];
/// The ground.
pub const GROUND: Rgb = [0xFF; 3];

impl Palette {
    fn mode(self, mode: Mode) -> Rgb {
        match (self, mode) {
            (Self::Colour, Mode::Angular) => [0xC2, 0x41, 0x0C],
            (Self::Colour, Mode::Magnitude) => [0x0B, 0x63, 0xA8],
            (Self::Colour | Self::Study, Mode::Isotropic) => [0x5B, 0x64, 0x70],
            (Self::Colour | Self::Study, Mode::Blend(_)) => [0x7A, 0x3E, 0x9D],
            (Self::Study, Mode::Angular) => [0xC6, 0x28, 0x28],
            (Self::Study, Mode::Magnitude) => [0x1E, 0x5A, 0xB4],
            (Self::Grey, Mode::Angular) => [0x11; 3],
            (Self::Grey, Mode::Magnitude) => [0x70; 3],
            (Self::Grey, Mode::Isotropic) => [0x95; 3],
            (Self::Grey, Mode::Blend(_)) => [0x45; 3],
        }
    }

    /// The colour of `value` among `colours`. In shades of grey what is more is lighter, changes as well.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a colour
    pub fn heat(self, colours: Colours, value: f64) -> Rgb {
        match self {
            Self::Grey => [(25.0 + 225.0 * colours.share(value).clamp(0.0, 1.0)).round() as u8; 3],
            _ => colours.rgb(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::Degrees;

    #[test]
    fn absurd_figures_are_refused_with_their_range() {
        assert!(Style::default().check().is_ok());
        let why = |style: Style| style.check().unwrap_err().to_string();
        let words = why(Style { width: 0.5, ..Style::default() });
        assert_eq!(words, "the width of a figure is 0.5 mm; it goes from 30 to 1200 mm");
        assert!(why(Style { dpi: f64::NAN, ..Style::default() }).contains("36 to 2400 dpi"));
        assert!(why(Style { x: Some((2.0, 2.0)), ..Style::default() }).contains("the x axis is to go from 2 to 2"));
        let large = Style { dpi: 2400.0, ..Style::default() };
        let why = large.check_pixels(1000.0, 1000.0).unwrap_err().to_string();
        assert!(why.contains("1111 million pixels; at most 200 million"), "{why}");
    }

    #[test]
    fn greys_are_told_apart_by_their_lightness() {
        let modes = [Mode::Angular, Mode::Blend(Degrees::new(45.0).unwrap()), Mode::Magnitude, Mode::Isotropic];
        let greys: Vec<u8> = modes.map(|mode| Palette::Grey.mode(mode)[0]).to_vec();
        assert!(greys.windows(2).all(|pair| pair[1] >= pair[0] + 0x20), "{greys:?}");
    }
}
