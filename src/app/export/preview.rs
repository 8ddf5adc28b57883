//! The threads that draw a figure for the dialog, and that write it: no frame waits for either.

use super::paths;
use crate::app::clerk::{Clerk, Lost};
use crate::app::summary::Summary;
use crate::app::theme::palette;
use crate::error::{Interface, Result};
use crate::experiment::Origin;
use crate::figure::picture::compare;
use crate::figure::{Figure, FigureFormat, FigureView, Source, Style, figure, figures, write_new};
use egui::accesskit::Role;
use egui::{Color32, ColorImage, Context, Sense, TextureHandle, TextureOptions, Ui, WidgetInfo, pos2, vec2};
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

/// A figure that is asked for.
#[derive(Clone)]
pub struct Question {
    /// The studies, the shown one first.
    pub studies: Vec<Arc<Summary>>,
    /// Which figure.
    pub id: &'static str,
    /// What is chosen of what it shows.
    pub view: FigureView,
    /// How it looks.
    pub style: Style,
    /// Pixels of the screen per point of the window.
    pub pixels_per_point: f32,
}

/// A figure that was drawn.
pub struct Drawing {
    /// What stands below it.
    pub caption: String,
    /// Width and height, points.
    pub size: [f64; 2],
    /// The figures that the studies have something for: names and titles.
    pub figures: Vec<(&'static str, &'static str)>,
    texture: TextureHandle,
}

/// Points of the window in a point of print: an inch has 96 and 72.
const ON_SCREEN: f64 = 96.0 / 72.0;

/// The published models, which are made once.
static PUBLISHED: LazyLock<Vec<Source>> = LazyLock::new(Source::published);

/// What figures of `studies` are made of.
fn sources(studies: &[Arc<Summary>]) -> Vec<Source> {
    let mut all = Vec::new();
    for summary in studies {
        if matches!(summary.origin, Origin::Published { .. }) {
            all.extend(PUBLISHED.iter().cloned());
            continue;
        }
        let name = compare::name(&summary.origin, &summary.file);
        all.push(Source { name, pictures: summary.pictures.clone() });
    }
    all
}

impl Question {
    fn figure(&self) -> Result<Figure> {
        figure(&sources(&self.studies), self.id, &self.view, &self.style)
    }

    /// Whether the answer to `other` holds for it.
    fn is_like(&self, other: &Self) -> bool {
        let same = self.studies.len() == other.studies.len()
            && self.studies.iter().zip(&other.studies).all(|(a, b)| Arc::ptr_eq(a, b));
        same && self.id == other.id
            && self.view == other.view
            && self.style == other.style
            && self.pixels_per_point.to_bits() == other.pixels_per_point.to_bits()
    }
}

impl Drawing {
    fn of(question: &Question, context: &Context) -> Result<Self> {
        let made = question.figure()?;
        let dpi = 96.0 * f64::from(question.pixels_per_point);
        question.style.check_pixels(made.scene.width, made.scene.height)?;
        let ([width, height], rgb) = made.scene.raster(dpi)?;
        let image = ColorImage::from_rgb([width as usize, height as usize], &rgb);
        Ok(Self {
            caption: made.caption,
            size: [made.scene.width, made.scene.height],
            figures: figures(&sources(&question.studies)),
            texture: context.load_texture("figure", image, TextureOptions::LINEAR),
        })
    }

    /// Width and height in millimetres.
    #[must_use]
    pub fn size_words(&self) -> String {
        let [width, height] = self.size.map(|points| points / 72.0 * 25.4);
        format!("{width:.0} × {height:.0} mm")
    }

    /// Draws it, at its true size or so that all of it is seen; paler where it is out of date.
    pub fn show(&self, ui: &mut Ui, true_size: bool, is_current: bool) {
        #[allow(clippy::cast_possible_truncation)] // a size on the screen
        let size = vec2((self.size[0] * ON_SCREEN) as f32, (self.size[1] * ON_SCREEN) as f32);
        let room = ui.available_size() - vec2(4.0, 4.0);
        let share = if true_size { 1.0 } else { (room.x / size.x).min(room.y / size.y).clamp(0.05, 4.0) };
        let (rect, response) = ui.allocate_exact_size(share * size, Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("Preview: {}", self.caption)));
        let whole = egui::Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        let tint = if is_current { Color32::WHITE } else { Color32::from_white_alpha(160) };
        ui.painter().rect_filled(rect, 0.0, Color32::WHITE);
        ui.painter().image(self.texture.id(), rect, whole, tint);
        let stroke = egui::Stroke::new(1.0, palette(ui).line);
        ui.painter().rect_stroke(rect, 0.0, stroke, egui::StrokeKind::Outside);
    }
}

/// The preview: the last figure that was drawn, and the one that is asked for.
pub struct Preview {
    clerk: Clerk<Question, (Question, std::result::Result<Drawing, String>)>,
    asked: Option<Question>,
    drawn: Option<(Question, std::result::Result<Drawing, String>)>,
}

impl Preview {
    /// Starts the thread.
    #[must_use]
    pub fn start(context: Context) -> Self {
        let own = context.clone();
        let clerk = Clerk::start("preview", context, move |(): &mut (), question: Question, tell| {
            let drawing = Drawing::of(&question, &own).map_err(|error| error.words(Interface::Window));
            tell((question, drawing));
        });
        Self { clerk, asked: None, drawn: None }
    }

    /// Asks for a figure, where it was not asked for before, and takes what has come.
    pub fn ask(&mut self, question: Question) {
        loop {
            match self.clerk.answer() {
                Ok(Some(answer)) => self.drawn = Some(answer),
                Err(lost @ Lost::Failed(_)) => self.fail(&lost),
                Ok(None) | Err(Lost::NoThread) => break,
            }
        }
        if !self.asked.as_ref().is_some_and(|asked| asked.is_like(&question)) {
            let sent = self.clerk.ask(question.clone());
            self.asked = Some(question);
            if let Err(lost) = sent {
                self.fail(&lost);
            }
        }
    }

    /// Takes note that what was asked for last is not drawn.
    fn fail(&mut self, lost: &Lost) {
        let failed = |question: &Question| (question.clone(), Err(lost.words("Drawing")));
        self.drawn = self.asked.as_ref().map(failed);
    }

    /// The newest drawing.
    #[must_use]
    pub fn drawing(&self) -> Option<&std::result::Result<Drawing, String>> {
        self.drawn.as_ref().map(|(_, drawing)| drawing)
    }

    /// Whether it is the one that was asked for last.
    #[must_use]
    pub fn is_current(&self) -> bool {
        let (Some(asked), Some((drawn, _))) = (&self.asked, &self.drawn) else { return false };
        asked.is_like(drawn)
    }
}

/// What is to be done with a figure.
enum Task {
    Write(Question, Vec<FigureFormat>, PathBuf),
    Copy(Question),
}

/// Writes and copies figures.
pub struct Writer {
    clerk: Clerk<Task, std::result::Result<String, String>>,
    busy: bool,
}

impl Writer {
    /// Starts the thread.
    #[must_use]
    pub fn start(context: Context) -> Self {
        let own = context.clone();
        let clerk = Clerk::start("figures", context, move |(): &mut (), task, tell| {
            let outcome = match task {
                Task::Write(question, formats, path) => write(&question, &formats, &path),
                Task::Copy(question) => copy(&question, &own),
            };
            tell(outcome.map_err(|error| error.words(Interface::Window)));
        });
        Self { clerk, busy: false }
    }

    /// Writes a figure in `formats`; `path` has no ending.
    pub fn write(&mut self, question: Question, formats: Vec<FigureFormat>, path: PathBuf) {
        self.give(Task::Write(question, formats, path));
    }

    /// Puts a figure on the clipboard.
    pub fn copy(&mut self, question: Question) {
        self.give(Task::Copy(question));
    }

    fn give(&mut self, task: Task) {
        // Where there is no thread, the next look at the news says so.
        let _ = self.clerk.ask(task);
        self.busy = true;
    }

    /// What was done, or why not.
    pub fn news(&mut self) -> Option<std::result::Result<String, String>> {
        match self.clerk.answer() {
            Ok(Some(outcome)) => {
                self.busy = false;
                Some(outcome)
            }
            Err(lost) if self.busy => {
                self.busy = false;
                Some(Err(lost.words("Writing the figure")))
            }
            Ok(None) | Err(_) => None,
        }
    }

    /// Whether it is at work.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.busy
    }
}

/// All files or none.
fn write(question: &Question, formats: &[FigureFormat], path: &std::path::Path) -> Result<String> {
    let figure = question.figure()?;
    let bytes: Vec<Vec<u8>> =
        formats.iter().map(|format| figure.written(*format, &question.style)).collect::<Result<_>>()?;
    let paths = paths(path, formats);
    for (i, (path, bytes)) in paths.iter().zip(&bytes).enumerate() {
        if let Err(error) = write_new(path, bytes) {
            // What was written a moment ago is this export's own.
            paths[..i].iter().for_each(|written| drop(std::fs::remove_file(written)));
            return Err(error);
        }
    }
    let shown: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    Ok(format!("Written: {}", shown.join(", ")))
}

fn copy(question: &Question, context: &Context) -> Result<String> {
    let figure = question.figure()?;
    question.style.check_pixels(figure.scene.width, figure.scene.height)?;
    let ([width, height], rgb) = figure.scene.raster(question.style.dpi)?;
    context.copy_image(ColorImage::from_rgb([width as usize, height as usize], &rgb));
    Ok(format!("The figure is copied, {width} × {height} pixels"))
}
