//! Which layers matter: single ones and windows of them over the depth.

use super::repairs::Repairs;
use crate::experiment::{Arm, ArmHarm, Kind, Of, Recovery, Results, Window, harms_by_arm};
use crate::stats::{Estimate, NoRatio, Spread};
use crate::study::Mode;

/// What disturbing and what repairing some neighbouring layers does under a mode.
#[derive(Debug, Clone)]
pub struct LayerWindow {
    /// The layers.
    pub window: Window,
    /// The mode.
    pub mode: Mode,
    /// Damage where these layers alone are disturbed, nats: mean and spread over seeds.
    pub damage: Spread,
    /// Its 95 % interval over texts and seeds.
    pub interval: Option<(f64, f64)>,
    /// The share of the study's own damage that repairing the attention of these alone gives back; none where they lie
    /// before the first disturbed layer.
    pub recovery: Option<Result<Estimate, NoRatio>>,
}

/// One per window and mode.
pub(super) fn windows(results: &Results, repairs: Option<&Repairs>) -> Vec<LayerWindow> {
    let Some(Repairs::Run(recoveries)) = repairs else { return Vec::new() };
    let window = |of: ArmHarm| {
        let Arm::Disturbed(window) = of.arm else { return None };
        let is_it = |recovery: &&Recovery| {
            recovery.arm == Arm::RepairedWindow(window)
                && matches!(&recovery.of, Of::Mode { mode, .. } if *mode == of.mode)
        };
        let recovery = recoveries.rows.iter().find(is_it).map(|recovery| recovery.recovery);
        let ArmHarm { mode, harm, interval, .. } = of;
        Some(LayerWindow { window, mode, damage: harm, interval, recovery })
    };
    harms_by_arm(results, Kind::LayerSets).into_iter().filter_map(window).collect()
}
