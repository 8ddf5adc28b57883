//! A scene as PDF, through its SVG: real text in embedded fonts, cut to the letters that are used.

use super::Scene;
use super::svg::Letters;
use crate::error::{Error, Result};
use krilla::Document;
use krilla::geom::Size;
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla_svg::{SurfaceExt as _, SvgSettings};

impl Scene {
    /// It as a PDF of one page of its size, in points. The same scene gives the same bytes.
    ///
    /// # Errors
    /// [`Error::internal`] where the page cannot be made.
    pub fn pdf(&self, letters: Letters) -> Result<Vec<u8>> {
        let broken = |why: &str| Error::internal(format!("making a PDF: {why}"));
        let tree = self.tree(letters)?;
        #[allow(clippy::cast_possible_truncation)] // a size in points
        let size = Size::from_wh(self.width as f32, self.height as f32).ok_or_else(|| broken("a page of no size"))?;
        let mut document = Document::new();
        let settings = PageSettings::from_wh(size.width(), size.height()).ok_or_else(|| broken("a page of no size"))?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        let drawn = surface.draw_svg(
            &tree,
            size,
            SvgSettings { embed_text: letters != Letters::Outlines, ..SvgSettings::default() },
        );
        drawn.ok_or_else(|| broken("a shape that cannot be drawn"))?;
        surface.finish();
        page.finish();
        let made_by = format!("Polarscope {}", env!("CARGO_PKG_VERSION"));
        let metadata = Metadata::new().title(self.title.clone()).description(self.description.clone()).creator(made_by);
        document.set_metadata(metadata.language("en".to_owned()));
        document.finish().map_err(|error| broken(&format!("{error:?}")))
    }
}
