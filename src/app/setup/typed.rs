//! A text field for a value: what is typed is the value as soon as it is one, and else it is said why not.

use egui::{Id, Response, TextEdit, Ui};

/// The text of the field, as it is typed.
pub struct Typed<T> {
    text: String,
    /// What the text was made from.
    shown: Option<T>,
    error: Option<String>,
}

impl<T> Default for Typed<T> {
    fn default() -> Self {
        Self { text: String::new(), shown: None, error: None }
    }
}

/// How a value is written and read.
pub struct Form<T> {
    /// Writes it.
    pub write: fn(&T) -> String,
    /// Reads it; the error is in the window's words.
    pub read: fn(&str) -> Result<T, String>,
}

impl<T: Clone + PartialEq> Typed<T> {
    /// What is wrong with the text.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// Draws the field, which is named by `label`.
    pub fn show(&mut self, ui: &mut Ui, value: &mut T, form: &Form<T>, (label, width): (Id, f32)) -> Response {
        if self.shown.as_ref() != Some(value) {
            self.text = (form.write)(value);
            self.shown = Some(value.clone());
            self.error = None;
        }
        let field = ui.add(TextEdit::singleline(&mut self.text).desired_width(width)).labelled_by(label);
        if field.changed() {
            match (form.read)(&self.text) {
                Ok(new) => {
                    *value = new;
                    self.shown = Some(value.clone());
                    self.error = None;
                }
                Err(words) => self.error = Some(words),
            }
        }
        field
    }
}
