//! The double dissociation: one disturbance harms the one task more, the other disturbance the other.

use super::bootstrap::Resample;
use super::contrast::{Contrast, Unit, unless_drawn_of};
use super::crossed::Crossed;
use super::holm::holm;
use super::untestable::Untestable;
use super::verdict::LEVEL;

/// What two disturbances, angular and magnitude, cost in one task at one δ. More is worse: losses, or errors.
#[derive(Debug, Clone, Copy)]
pub struct Task<'a> {
    /// Harm under the angular disturbance, of each text under each seed: what it adds to the clean run.
    pub angular: &'a Crossed,
    /// Under the magnitude disturbance, of the same texts and seeds.
    pub magnitude: &'a Crossed,
    /// The clean run, text by text: loss in nats; 1 for a minimal pair judged wrong and 0 for one judged right.
    pub clean: &'a [f64],
    /// Where all is lost: the logarithm of the vocabulary; ½ of the pairs.
    pub worst: f64,
    /// Resamples of its texts and seeds; [`Unit::Both`] alone uses them.
    pub resamples: &'a [Resample],
}

/// The simple effects and the interaction, in shares of what each task can lose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dissociation {
    /// x_angular − x_magnitude of the first task (loss), x = mean harm/(worst − mean clean).
    pub loss: Contrast,
    /// The same of the second task (syntax).
    pub syntax: Contrast,
    /// The first less the second: I.
    pub interaction: Contrast,
}

impl Dissociation {
    /// Of two tasks at one δ by the unit of analysis. The tasks have different texts and the same seeds. So by seeds the
    /// interaction is a t-test of the seeds' differences between the tasks; by texts it is Welch's of the texts against
    /// the pairs; by both, the two tasks' resamples have their own draws of texts ([`super::resamples`] for the one,
    /// [`super::resamples_of_others`] for the other) and must have the same of seeds. By both, what can be lost is
    /// resampled with the texts; by seeds or texts alone it is taken as given.
    ///
    /// # Errors
    /// Tasks of different seeds; harms or clean runs of different texts; a clean run, or a resampled one, no better than
    /// the worst; otherwise as [`Contrast::of`].
    pub fn of(loss: &Task, syntax: &Task, unit: Unit) -> Result<Self, Untestable> {
        if loss.angular.seeds() != syntax.angular.seeds() {
            return Err(Untestable::NotCrossedAlike);
        }
        let scaled = (Scaled::of(loss, unit)?, Scaled::of(syntax, unit)?);
        let same_seeds = |(a, b): (&Resample, &Resample)| a.seeds == b.seeds;
        let alike = loss.resamples.len() == syntax.resamples.len();
        if unit == Unit::Both && !(alike && loss.resamples.iter().zip(syntax.resamples).all(same_seeds)) {
            return Err(Untestable::NotCrossedAlike);
        }
        Self::of_scaled(&scaled, unit)
    }

    /// The same by both, where the means under resamples are known: of each task the three of [`Resampled`]. The two
    /// tasks' resamples are to have the same draws of seeds; the `resamples` of the tasks are not looked at.
    ///
    /// # Errors
    /// As [`Dissociation::of`].
    pub fn of_means(loss: (&Task, Resampled), syntax: (&Task, Resampled)) -> Result<Self, Untestable> {
        let alike = loss.1.clean.len() == syntax.1.clean.len();
        if !alike || loss.0.angular.seeds() != syntax.0.angular.seeds() {
            return Err(Untestable::NotCrossedAlike);
        }
        let scaled = (Scaled::of_means(loss.0, loss.1)?, Scaled::of_means(syntax.0, syntax.1)?);
        Self::of_scaled(&scaled, Unit::Both)
    }

    fn of_scaled((of_loss, of_syntax): &(Scaled, Scaled), unit: Unit) -> Result<Self, Untestable> {
        let simple = |task: &Scaled| match unit {
            Unit::Both => Contrast::of_replicates(task.value, task.values.clone()),
            Unit::Seeds | Unit::Texts => Contrast::of_sample(&task.values, &task.scale),
        };
        let less = || of_loss.values.iter().zip(&of_syntax.values).map(|(a, b)| a - b).collect::<Vec<_>>();
        let interaction = match unit {
            Unit::Both => Contrast::of_replicates(of_loss.value - of_syntax.value, less()),
            Unit::Seeds => Contrast::of_sample(&less(), &of_loss.scale),
            Unit::Texts => Contrast::of_samples(&of_loss.values, &of_syntax.values),
        };
        Ok(Self { loss: simple(of_loss)?, syntax: simple(of_syntax)?, interaction: interaction? })
    }
}

/// Means of a task under resamples.
#[derive(Debug, Clone, Copy)]
pub struct Resampled<'a> {
    /// Of the harm under the angular disturbance.
    pub angular: &'a [f64],
    /// Under the magnitude disturbance.
    pub magnitude: &'a [f64],
    /// Of the clean run.
    pub clean: &'a [f64],
}

/// x_angular − x_magnitude of a task: of all the data, and of each seed, text or resample.
struct Scaled {
    value: f64,
    values: Vec<f64>,
    /// x_angular of each seed or text.
    scale: Vec<f64>,
}

impl Task<'_> {
    /// Angular less magnitude, text by text under each seed.
    fn difference(&self) -> Result<Crossed, Untestable> {
        let difference = self.angular.minus(self.magnitude).ok_or(Untestable::NotCrossedAlike)?;
        if self.clean.len() != difference.texts() {
            return Err(Untestable::NotCrossedAlike);
        }
        Untestable::unless_finite(self.clean.iter().chain([&self.worst]))?;
        Ok(difference)
    }

    /// What can be lost from a clean run of this mean.
    fn room(&self, clean: f64) -> Result<f64, Untestable> {
        let room = self.worst - clean;
        if room > 0.0 { Ok(room) } else { Err(Untestable::NothingToLose) }
    }

    /// Mean of the clean run over the texts, each as often as it was drawn.
    fn clean_mean(&self, drawn: &[u32]) -> f64 {
        let sum: f64 = self.clean.iter().zip(drawn).map(|(clean, times)| clean * f64::from(*times)).sum();
        sum / self.clean.len() as f64
    }

    /// What can be lost in all.
    fn whole(&self) -> Result<f64, Untestable> {
        self.room(self.clean_mean(&vec![1; self.clean.len()]))
    }
}

impl Scaled {
    fn of_means(task: &Task, means: Resampled) -> Result<Self, Untestable> {
        let difference = task.difference()?;
        let whole = task.whole()?;
        if means.angular.len() != means.clean.len() || means.magnitude.len() != means.clean.len() {
            return Err(Untestable::NotCrossedAlike);
        }
        let harms = means.angular.iter().zip(means.magnitude);
        let share =
            |((angular, magnitude), clean): ((&f64, &f64), &f64)| Ok((angular - magnitude) / task.room(*clean)?);
        let values = harms.zip(means.clean).map(share).collect::<Result<_, _>>()?;
        Ok(Self { value: difference.mean() / whole, values, scale: Vec::new() })
    }

    fn of(task: &Task, unit: Unit) -> Result<Self, Untestable> {
        let difference = task.difference()?;
        let whole = task.whole()?;
        let shares = |means: Vec<f64>| means.into_iter().map(|mean| mean / whole).collect::<Vec<f64>>();
        let (values, scale) = match unit {
            Unit::Seeds => (shares(difference.seed_means()), shares(task.angular.seed_means())),
            Unit::Texts => (shares(difference.text_means()), shares(task.angular.text_means())),
            Unit::Both => {
                unless_drawn_of(&difference, task.resamples)?;
                let share =
                    |drawn: &Resample| Ok(difference.mean_of(drawn) / task.room(task.clean_mean(&drawn.texts))?);
                (task.resamples.iter().map(share).collect::<Result<_, _>>()?, Vec::new())
            }
        };
        Ok(Self { value: difference.mean() / whole, values, scale })
    }
}

/// The p of a dissociation after correction, and whether it is claimed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Claim {
    /// p of the simple effect in loss, by Holm over both simple effects of all δ.
    pub p_loss: f64,
    /// p of the simple effect in syntax, likewise.
    pub p_syntax: f64,
    /// p of the interaction, by Holm over all δ.
    pub p_interaction: f64,
    /// Both simple effects told from 0 after correction, with opposite signs.
    pub claimed: bool,
}

/// Corrects the dissociations at all δ of a table as one family, in which a δ that could not be tested counts with p = 1,
/// and claims those of which both simple effects are significant with opposite signs. None for a δ without tests.
#[must_use]
pub fn claims(family: &[Result<Dissociation, Untestable>]) -> Vec<Option<Claim>> {
    let p =
        |of: &dyn Fn(&Dissociation) -> f64| family.iter().map(|one| one.as_ref().map_or(1.0, of)).collect::<Vec<_>>();
    let simple = holm(&[p(&|one| one.loss.p), p(&|one| one.syntax.p)].concat());
    let interaction = holm(&p(&|one| one.interaction.p));
    let claim = |(i, one): (usize, &Result<Dissociation, Untestable>)| {
        let one = one.as_ref().ok()?;
        let (p_loss, p_syntax) = (simple[i], simple[family.len() + i]);
        let opposite = one.loss.estimate.value * one.syntax.estimate.value < 0.0;
        let claimed = p_loss < LEVEL && p_syntax < LEVEL && opposite;
        Some(Claim { p_loss, p_syntax, p_interaction: interaction[i], claimed })
    };
    family.iter().enumerate().map(claim).collect()
}
