//! Colours, type and spacing. Colours carry meaning, and always beside a second cue.

use egui::{
    Color32, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, Stroke, TextStyle, Theme, Ui,
    Visuals, vec2,
};
use std::sync::Arc;

/// The colours of one theme.
#[derive(Debug)]
pub struct Palette {
    /// The angular mode.
    pub angular: Color32,
    /// The magnitude mode.
    pub magnitude: Color32,
    /// The isotropic control.
    pub isotropic: Color32,
    /// Blends of angular and magnitude.
    pub blend: Color32,
    /// Text.
    pub text: Color32,
    /// Notes.
    pub muted: Color32,
    /// Something to think about.
    pub warning: Color32,
    /// Something that does not work.
    pub error: Color32,
    /// Something that went well.
    pub good: Color32,
    /// Ground of the pictures.
    pub surface: Color32,
    /// Ground of set-up, menu and bar.
    pub side: Color32,
    /// Ground of controls.
    pub control: Color32,
    /// The same, under the pointer.
    pub control_hover: Color32,
    /// Lines between things.
    pub line: Color32,
    /// Lines of a plot's grid.
    pub grid: Color32,
    /// What is chosen.
    pub chosen: Color32,
    /// Ground of the two alternating shades of tokens.
    pub tokens: [Color32; 2],
}

const fn rgb(hex: u32) -> Color32 {
    let [_, r, g, b] = hex.to_be_bytes();
    Color32::from_rgb(r, g, b)
}

const LIGHT: Palette = Palette {
    angular: rgb(0x00C2_410C),
    magnitude: rgb(0x000B_63A8),
    isotropic: rgb(0x005B_6470),
    blend: rgb(0x007A_3E9D),
    text: rgb(0x001B_1F24),
    muted: rgb(0x005B_6470),
    warning: rgb(0x008A_5A00),
    error: rgb(0x00B4_2318),
    good: rgb(0x001F_7A4D),
    surface: rgb(0x00FF_FFFF),
    side: rgb(0x00FB_FCFC),
    control: rgb(0x00FF_FFFF),
    control_hover: rgb(0x00EC_EFF2),
    line: rgb(0x00D3_D8DE),
    grid: rgb(0x00E9_ECEF),
    chosen: rgb(0x0034_4150),
    tokens: [rgb(0x00D8_E0E9), rgb(0x00F4_E7C8)],
};

const DARK: Palette = Palette {
    angular: rgb(0x00FF_9A5C),
    magnitude: rgb(0x006C_B8F0),
    isotropic: rgb(0x00A9_B2BD),
    blend: rgb(0x00C7_9BE8),
    text: rgb(0x00E6_E8EB),
    muted: rgb(0x00A1_A9B3),
    warning: rgb(0x00F2_C14E),
    error: rgb(0x00FF_8A80),
    good: rgb(0x0063_C99A),
    surface: rgb(0x0013_161A),
    side: rgb(0x001A_1E23),
    control: rgb(0x0024_2A31),
    control_hover: rgb(0x0030_3841),
    line: rgb(0x003A_424C),
    grid: rgb(0x0028_2E36),
    chosen: rgb(0x00C9_D2DC),
    tokens: [rgb(0x0033_404D), rgb(0x004A_4128)],
};

/// The colours in use.
#[must_use]
pub fn palette(ui: &Ui) -> &'static Palette {
    palette_of(ui.visuals())
}

/// The colours that go with `visuals`.
#[must_use]
pub fn palette_of(visuals: &Visuals) -> &'static Palette {
    if visuals.dark_mode { &DARK } else { &LIGHT }
}

/// The family of emphasised text.
pub const STRONG: &str = "emphasised";

/// Text of 20 points: titles of panels.
#[must_use]
pub fn title() -> TextStyle {
    TextStyle::Name("title".into())
}

/// Text of 14 points, emphasised.
#[must_use]
pub fn strong() -> TextStyle {
    TextStyle::Name("strong".into())
}

/// Numbers of 12 points.
#[must_use]
pub fn small_numbers() -> TextStyle {
    TextStyle::Name("small numbers".into())
}

/// Loads the fonts and sets both themes.
pub fn install(context: &egui::Context) {
    context.set_fonts(fonts());
    for (theme, palette) in [(Theme::Light, &LIGHT), (Theme::Dark, &DARK)] {
        context.style_mut_of(theme, |style| {
            let emphasised = FontFamily::Name(STRONG.into());
            style.text_styles = [
                (TextStyle::Small, FontId::proportional(12.0)),
                (TextStyle::Body, FontId::proportional(14.0)),
                (TextStyle::Button, FontId::proportional(14.0)),
                (TextStyle::Monospace, FontId::monospace(14.0)),
                (small_numbers(), FontId::monospace(12.0)),
                (strong(), FontId::new(14.0, emphasised.clone())),
                (TextStyle::Heading, FontId::new(16.0, emphasised.clone())),
                (title(), FontId::new(20.0, emphasised)),
            ]
            .into();
            style.spacing.item_spacing = vec2(8.0, 8.0);
            style.spacing.button_padding = vec2(8.0, 4.0);
            style.spacing.interact_size = vec2(32.0, 24.0);
            style.spacing.icon_width = 16.0;
            style.spacing.icon_width_inner = 8.0;
            style.spacing.icon_spacing = 8.0;
            style.spacing.combo_width = 80.0;
            style.spacing.menu_margin = Margin::same(8);
            style.spacing.window_margin = Margin::same(16);
            // Bars that are seen before the pointer is over them: what is cut says so.
            style.spacing.scroll.dormant_handle_opacity = 0.35;
            style.spacing.scroll.dormant_background_opacity = 0.15;
            style.spacing.tooltip_width = 360.0;
            style.interaction.selectable_labels = false;
            style.interaction.tooltip_delay = 0.3;
            visuals(&mut style.visuals, palette);
        });
    }
}

fn visuals(visuals: &mut egui::Visuals, palette: &Palette) {
    let radius = CornerRadius::same(4);
    visuals.panel_fill = palette.side;
    visuals.window_fill = palette.side;
    visuals.window_stroke = Stroke::new(1.0, palette.line);
    visuals.window_corner_radius = CornerRadius::same(8);
    visuals.menu_corner_radius = CornerRadius::same(4);
    visuals.extreme_bg_color = palette.control;
    visuals.faint_bg_color = palette.side;
    visuals.code_bg_color = palette.control_hover;
    visuals.weak_text_color = Some(palette.muted);
    visuals.warn_fg_color = palette.warning;
    visuals.error_fg_color = palette.error;
    visuals.hyperlink_color = palette.magnitude;
    visuals.disabled_alpha = 0.6;
    visuals.selection.bg_fill = palette.control_hover;
    visuals.selection.stroke = Stroke::new(1.0, palette.text);
    let widgets = &mut visuals.widgets;
    for (state, fill, line) in [
        (&mut widgets.noninteractive, palette.side, palette.line),
        (&mut widgets.inactive, palette.control, palette.line),
        (&mut widgets.hovered, palette.control_hover, palette.muted),
        (&mut widgets.active, palette.control_hover, palette.text),
        (&mut widgets.open, palette.control_hover, palette.muted),
    ] {
        state.bg_fill = fill;
        state.weak_bg_fill = fill;
        state.bg_stroke = Stroke::new(1.0, line);
        state.fg_stroke = Stroke::new(1.0, palette.text);
        state.corner_radius = radius;
        state.expansion = 0.0;
    }
}

/// Inter for text, egui's own monospace for numbers.
fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let mut add = |name: &str, bytes: &'static [u8]| {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
    };
    add("inter", include_bytes!("../../assets/fonts/Inter-Regular.ttf"));
    add("inter-semibold", include_bytes!("../../assets/fonts/Inter-SemiBold.ttf"));
    let fallback = fonts.families.get(&FontFamily::Proportional).cloned().unwrap_or_default();
    let chain =
        |first: &[&str]| first.iter().map(|name| (*name).to_owned()).chain(fallback.clone()).collect::<Vec<_>>();
    fonts.families.insert(FontFamily::Proportional, chain(&["inter"]));
    fonts.families.insert(FontFamily::Name(STRONG.into()), chain(&["inter-semibold", "inter"]));
    if let Some(monospace) = fonts.families.get_mut(&FontFamily::Monospace) {
        monospace.insert(1.min(monospace.len()), "inter".to_owned());
    }
    fonts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance, WCAG 2.
    fn luminance(colour: Color32) -> f64 {
        let channel = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(colour.r()) + 0.7152 * channel(colour.g()) + 0.0722 * channel(colour.b())
    }

    fn contrast(a: Color32, b: Color32) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn everything_that_is_read_stands_out_from_its_ground() {
        for palette in [&LIGHT, &DARK] {
            for ground in [palette.surface, palette.side] {
                for ink in [
                    palette.text,
                    palette.muted,
                    palette.angular,
                    palette.magnitude,
                    palette.isotropic,
                    palette.blend,
                    palette.warning,
                    palette.error,
                    palette.good,
                ] {
                    assert!(contrast(ink, ground) >= 4.99, "{ink:?} on {ground:?}: {}", contrast(ink, ground));
                }
            }
            for ground in palette.tokens {
                assert!(contrast(palette.text, ground) >= 5.0);
            }
            assert!(contrast(palette.chosen, palette.side) >= 5.0);
        }
    }
}
