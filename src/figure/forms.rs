//! A figure in the forms in which it is exported.

use super::Figure;
use super::style::Style;
use crate::error::Result;
use crate::visible::visible;
use serde::{Deserialize, Serialize};

/// A form of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FigureFormat {
    /// Scalable, for the web and for editing.
    Svg,
    /// Scalable, for print, with its fonts.
    Pdf,
    /// Pixels.
    Png,
    /// What it shows as numbers.
    Csv,
    /// Its caption.
    Text,
}

impl FigureFormat {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Svg, Self::Pdf, Self::Png, Self::Csv, Self::Text];

    /// How its files end.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Pdf => "pdf",
            Self::Png => "png",
            Self::Csv => "csv",
            Self::Text => "txt",
        }
    }
}

impl Figure {
    /// It in `format`, as `style` asks for. The same figure gives the same bytes.
    ///
    /// # Errors
    /// [`crate::Error::usage`] where a picture would have too many pixels, [`crate::Error::internal`] where it cannot be
    /// made.
    pub fn written(&self, format: FigureFormat, style: &Style) -> Result<Vec<u8>> {
        match format {
            FigureFormat::Svg => Ok(self.scene.svg(style.text()).into_bytes()),
            FigureFormat::Pdf => self.scene.pdf(style.text()),
            FigureFormat::Png => {
                style.check_pixels(self.scene.width, self.scene.height)?;
                self.scene.png(style.dpi)
            }
            FigureFormat::Csv => Ok(self.data.clone().into_bytes()),
            FigureFormat::Text => Ok(format!("{}\n", visible(&self.caption)).into_bytes()),
        }
    }
}
