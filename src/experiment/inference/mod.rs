//! What the results of a study support: differences between conditions, every test of them, and what becomes of the
//! published study's claims.

pub mod claim;
mod difference;
mod dissociation;
mod dose;
mod judgement;
mod list;

pub use claim::{CLAIMS, Claim};
pub use difference::{Difference, Outcome, Test, TestName};
pub use dissociation::{DissociationAt, dissociations};
pub use dose::{Dose, Regime, dose, regimes};
pub use judgement::{Judgement, Numbers, judged};
pub use list::{Differences, differences};
