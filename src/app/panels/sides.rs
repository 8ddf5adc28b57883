//! What a number compares: a click asks whose trials are looked at.

use super::picks::{Picks, Sides};
use crate::figure::picture::Point;
use egui::{Popup, Response, RichText, SetOpenCommand};

/// What a hover says of such a number.
pub const HINT: &str = "click: the trials behind it";

/// Offers the trials of what is `pointed` at where it is pressed, as long as the choice is open. `over` is the picture that
/// it stands in.
pub fn offer(over: &Response, pointed: Option<&[(String, Point)]>, picks: &mut Picks) {
    if over.clicked() {
        picks.sides = Sides(pointed.map(|sides| (over.id, sides.to_vec())));
    }
    let Some((_, sides)) = picks.sides.0.as_ref().filter(|(of, _)| *of == over.id) else { return };
    let opens = over.clicked().then_some(SetOpenCommand::Bool(true));
    let popup = Popup::menu(over).open_memory(opens).at_pointer_fixed();
    let chosen = popup.show(|ui| {
        ui.label(RichText::new("Trials of").small());
        let mut pressed = None;
        for (name, point) in sides {
            if ui.button(name).clicked() {
                pressed = Some(point.clone());
            }
        }
        pressed
    });
    match chosen {
        Some(chosen) => {
            if let Some(point) = chosen.inner {
                picks.sides = Sides::default();
                picks.look_behind(point);
            }
        }
        None => picks.sides = Sides::default(),
    }
}
