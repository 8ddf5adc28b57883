//! A scene as PNG, through its SVG, with its resolution in the file.

use super::Scene;
use super::fonts::database;
use super::svg::Letters;
use crate::error::{Error, Result};
use png::{BitDepth, ColorType, Encoder, PixelDimensions, Unit};
use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::{Options, Tree};

impl Scene {
    /// It as usvg reads it.
    ///
    /// # Errors
    /// [`Error::internal`] where it is not valid.
    pub(super) fn tree(&self, letters: Letters) -> Result<Tree> {
        let letters = if letters == Letters::Embedded { Letters::Named } else { letters };
        let options = Options { fontdb: database(), ..Options::default() };
        Tree::from_str(&self.svg(letters), &options)
            .map_err(|error| Error::internal(format!("reading an SVG: {error}")))
    }

    /// Its width and height in pixels at `dpi` pixels per inch.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // of sizes and resolutions that were checked
    pub fn pixels(&self, dpi: f64) -> [u32; 2] {
        [self.width, self.height].map(|points| (points * dpi / 72.0).round().max(1.0) as u32)
    }

    /// Its pixels at `dpi` pixels per inch: width, height, and `[height, width, 3]` of red, green and blue.
    ///
    /// # Errors
    /// [`Error::internal`] where it cannot be drawn.
    pub fn raster(&self, dpi: f64) -> Result<([u32; 2], Vec<u8>)> {
        let tree = self.tree(Letters::Named)?;
        let [width, height] = self.pixels(dpi);
        let mut pixels = Pixmap::new(width, height).ok_or_else(|| broken("a picture of this size"))?;
        pixels.fill(Color::WHITE);
        #[allow(clippy::cast_precision_loss)] // of a picture's size
        let scale = |pixels: u32, of: f32| pixels as f32 / of;
        let size = tree.size();
        let transform = Transform::from_scale(scale(width, size.width()), scale(height, size.height()));
        resvg::render(&tree, transform, &mut pixels.as_mut());
        // The ground is white and covers all, so that nothing is seen through.
        let rgb = pixels.pixels().iter().flat_map(|pixel| [pixel.red(), pixel.green(), pixel.blue()]).collect();
        Ok(([width, height], rgb))
    }

    /// It as a PNG of `dpi` pixels per inch. The same scene gives the same bytes.
    ///
    /// # Errors
    /// [`Error::internal`] where it cannot be drawn.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // of resolutions that were checked
    pub fn png(&self, dpi: f64) -> Result<Vec<u8>> {
        let ([width, height], rgb) = self.raster(dpi)?;
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, width, height);
        encoder.set_color(ColorType::Rgb);
        encoder.set_depth(BitDepth::Eight);
        let per_metre = (dpi / 0.0254).round() as u32;
        encoder.set_pixel_dims(Some(PixelDimensions { xppu: per_metre, yppu: per_metre, unit: Unit::Meter }));
        let mut writer = encoder.write_header().map_err(|error| broken(&error.to_string()))?;
        writer.write_image_data(&rgb).map_err(|error| broken(&error.to_string()))?;
        writer.finish().map_err(|error| broken(&error.to_string()))?;
        Ok(bytes)
    }
}

fn broken(why: &str) -> Error {
    Error::internal(format!("making a PNG: {why}"))
}
