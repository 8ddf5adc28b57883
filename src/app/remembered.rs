//! What the window remembers from one start to the next. Results are never among it: they are in study files.

use super::export::Choice;
use super::panels::Layout;
use egui::{Context, ThemePreference};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Where it is kept in eframe's storage.
const KEY: &str = "polarscope";

/// At most so many files and models.
const MOST: usize = 8;

/// What is remembered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Remembered {
    theme: ThemePreference,
    zoom: f32,
    /// Files that were opened, the newest first.
    pub files: Vec<PathBuf>,
    /// Models that were run, the newest first.
    pub models: Vec<String>,
    /// Where the panels stand.
    pub layout: Layout,
    /// Whether the set-up is shown, where the user said so.
    pub set_up: Option<bool>,
    /// How figures are exported.
    pub export: Choice,
}

impl Default for Remembered {
    fn default() -> Self {
        let (files, models) = (Vec::new(), Vec::new());
        Self {
            theme: ThemePreference::System,
            zoom: 1.0,
            files,
            models,
            layout: Layout::default(),
            set_up: None,
            export: Choice::default(),
        }
    }
}

impl Remembered {
    /// What `storage` holds, put to use in `context`; what cannot be read is as it was at the first start.
    #[must_use]
    pub fn read(storage: Option<&dyn eframe::Storage>, context: &Context) -> Self {
        let mut read: Self = storage.and_then(|storage| eframe::get_value(storage, KEY)).unwrap_or_default();
        read.layout.complete();
        if !(0.5..=3.0).contains(&read.zoom) {
            read.zoom = 1.0;
        }
        context.set_theme(read.theme);
        context.set_zoom_factor(read.zoom);
        read
    }

    /// Writes it, with what `context` has now.
    pub fn write(&mut self, storage: &mut dyn eframe::Storage, context: &Context) {
        self.theme = context.options(|options| options.theme_preference);
        self.zoom = context.zoom_factor();
        eframe::set_value(storage, KEY, self);
    }

    /// Puts `path` before the others.
    pub fn file(&mut self, path: &Path) {
        self.forget(path);
        self.files.insert(0, path.to_owned());
        self.files.truncate(MOST);
    }

    /// Forgets `path`.
    pub fn forget(&mut self, path: &Path) {
        self.files.retain(|known| known != path);
    }

    /// Puts the model `id` before the others.
    pub fn model(&mut self, id: &str) {
        self.models.retain(|known| known != id);
        self.models.insert(0, id.to_owned());
        self.models.truncate(MOST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[derive(Default)]
    struct Kept(HashMap<String, String>);

    impl eframe::Storage for Kept {
        fn get_string(&self, key: &str) -> Option<String> {
            self.0.get(key).cloned()
        }

        fn set_string(&mut self, key: &str, value: String) {
            self.0.insert(key.to_owned(), value);
        }

        fn remove_string(&mut self, key: &str) {
            self.0.remove(key);
        }

        fn flush(&mut self) {}
    }

    #[test]
    fn what_is_written_is_read() {
        let (mut kept, context) = (Kept::default(), Context::default());
        let mut remembered = Remembered::default();
        for i in 0..10 {
            remembered.file(Path::new(&format!("{i}.polar")));
            remembered.model(&i.to_string());
        }
        remembered.file(Path::new("4.polar"));
        remembered.layout.open(crate::figure::View::Audit);
        remembered.export.style.width = 89.0;
        context.set_theme(ThemePreference::Dark);
        remembered.write(&mut kept, &context);
        let read = Remembered::read(Some(&kept), &Context::default());
        assert_eq!(read, remembered);
        assert_eq!((read.files.len(), read.files[0].to_str()), (MOST, Some("4.polar")));
        assert_eq!(read.theme, ThemePreference::Dark);
    }

    #[test]
    fn what_cannot_be_read_is_as_at_first() {
        let mut kept = Kept::default();
        eframe::Storage::set_string(&mut kept, KEY, "(theme: Blue".to_owned());
        assert_eq!(Remembered::read(Some(&kept), &Context::default()), Remembered::default());
    }
}
