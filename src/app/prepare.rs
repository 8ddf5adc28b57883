//! What can be said of a study before it runs: the model's shape, the texts and their tokens, trials, memory and time.
//! Worked out on a thread of its own whenever the study changes, from what is on this machine: typing never touches the
//! network.

use super::clerk::{Clerk, Lost};
use super::source::Source;
use super::trouble::Trouble;
use crate::corpus;
use crate::device::{self, Found};
use crate::error::{ErrorKind, ForSetting, Interface};
use crate::hub::{self, Hub};
use crate::lm::{self, Checkpoint, DecoderSpec, MaybeTokens, Part, Target, Tokens};
use crate::measure::{Reach, TokenNorms};
use crate::runner::{Cost, Memory, Plan, demo_norms};
use crate::store::Store;
use crate::study::{ModelChoice, Setting, Study, TextChoice};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long nothing has to change before the work begins.
const QUIET: Duration = Duration::from_millis(120);

/// Texts whose tokens are shown.
const PREVIEWED: usize = 24;

/// What is to be prepared.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The study.
    pub study: Study,
    /// Its results file.
    pub out: PathBuf,
    /// The folder in which a free name is looked for.
    pub folder: PathBuf,
    /// What it is to run on.
    pub device: device::Choice,
    /// Grows when the devices are to be looked at again.
    pub look: u64,
    /// Grows whenever the same request may have another answer.
    pub round: u64,
}

/// What is known of a study.
#[derive(Debug)]
pub struct Ready {
    /// What this answers.
    pub request: Request,
    /// The devices of this machine, the CPU first.
    pub devices: Vec<Found>,
    /// Whether the model is a repository of the Hub.
    pub of_hub: bool,
    /// What has to be fetched before a run, which does so itself.
    pub missing: Vec<Source>,
    /// The model's shape; none where there is no such model.
    pub shape: Option<DecoderSpec>,
    /// The texts; none where they cannot be read.
    pub texts: Option<TextPreview>,
    /// What its δ can do, where norms could be measured at once: of the demo alone.
    pub reach: Option<Reach>,
    /// The paradigms that the source of pairs holds, and how many pairs each has.
    pub paradigms: Vec<(String, usize)>,
    /// What the study takes, or why it cannot be run.
    pub plan: Result<Planned, Unplanned>,
    /// A results file that does not exist.
    pub free_name: String,
    /// What is at the results file's path.
    pub out: Out,
}

impl Ready {
    /// Why the study cannot be run as it is.
    #[must_use]
    pub fn trouble(&self) -> Option<&Trouble> {
        match &self.plan {
            Ok(planned) => planned.does_not_fit.as_ref(),
            Err(Unplanned::Wrong(trouble)) => Some(trouble),
            Err(Unplanned::Missing) => None,
        }
    }
}

/// Why nothing is known of what a study takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unplanned {
    /// The model, the texts or the pairs are not on this machine.
    Missing,
    /// It cannot be run.
    Wrong(Trouble),
}

/// What a study takes.
#[derive(Debug, Clone)]
pub struct Planned {
    /// Trials.
    pub trials: usize,
    /// About how long, seconds; none where it could not be measured.
    pub seconds: Option<f64>,
    /// Minimal pairs.
    pub pairs: usize,
    /// Memory on the device.
    pub memory: Memory,
    /// Why the device has no room for it.
    pub does_not_fit: Option<Trouble>,
}

/// The texts of a study.
#[derive(Debug)]
pub struct TextPreview {
    /// How many there are.
    pub used: usize,
    /// How many the source holds, whether they pass the filter or not.
    pub available: usize,
    /// How many of those pass the filter.
    pub passing: usize,
    /// How many of those that are used are the same as one before them.
    pub repeated: usize,
    /// The first of them as tokens.
    pub first: Vec<Vec<String>>,
    /// Tokens of the longest of those.
    pub longest: usize,
}

/// What is at a results file's path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Out {
    /// Nothing.
    New,
    /// A study file without a trial, as a run leaves it that ends before its first batch: the run makes it anew.
    Begun,
    /// A study file that is not finished: trials in it, trials planned.
    Unfinished(usize, usize),
    /// A finished study file that this study can extend.
    Finished,
    /// Something that no run can go into: why.
    Other(String),
}

/// The thread that prepares studies.
pub struct Prepare {
    clerk: Clerk<Request, Ready>,
    asked: Option<Request>,
    /// The newest answer, perhaps to an older request.
    pub ready: Option<Ready>,
    /// Why there is no answer to what was asked for last, in words.
    pub failed: Option<String>,
}

impl Prepare {
    /// Starts the thread; it ends with this value.
    #[must_use]
    pub fn start(context: egui::Context) -> Self {
        let work = |known: &mut Known, request, tell: &dyn Fn(Ready)| tell(known.prepare(request));
        Self { clerk: Clerk::patient("preparation", QUIET, context, work), asked: None, ready: None, failed: None }
    }

    /// Asks for `request` unless that was the last that was asked for, and takes what has come. Returns whether
    /// something has.
    pub fn update(&mut self, request: Request) -> bool {
        let mut news = false;
        if self.asked.as_ref() != Some(&request) {
            self.asked = Some(request.clone());
            // The window still runs studies; it only has nothing to say of them beforehand.
            self.failed = self.clerk.ask(request).err().map(|lost| lost.words("The look at the study"));
            news |= self.failed.is_some();
        }
        loop {
            match self.clerk.answer() {
                Ok(Some(ready)) => (self.ready, self.failed) = (Some(ready), None),
                Err(lost @ Lost::Failed(_)) => self.failed = Some(lost.words("The look at the study")),
                Ok(None) | Err(Lost::NoThread) => return news,
            }
            news = true;
        }
    }

    /// The answer to what was asked for last, where it is there.
    #[must_use]
    pub fn current(&self) -> Option<&Ready> {
        self.ready.as_ref().filter(|ready| self.asked.as_ref() == Some(&ready.request))
    }
}

/// What is known of a model whose weights are not read.
#[derive(Clone)]
struct Shape {
    spec: DecoderSpec,
    tokens: MaybeTokens,
    /// Bytes of address space for the files of its weights.
    mapped: u64,
}

/// What need not be worked out again.
#[derive(Default)]
struct Known {
    model: Option<(ModelChoice, Shape)>,
    /// The model whose weights are known to be here.
    whole: Option<ModelChoice>,
    devices: Option<(u64, Vec<Found>)>,
    rate: Option<(DecoderSpec, Option<f64>)>,
    paradigms: Option<(String, Vec<(String, usize)>)>,
    /// Norms of the demo on texts.
    norms: Option<(TextChoice, Option<TokenNorms>)>,
    /// The round of the last request.
    round: u64,
}

impl Known {
    fn prepare(&mut self, request: Request) -> Ready {
        if self.round != request.round {
            // Files may have changed.
            (self.model, self.whole, self.paradigms, self.norms) = (None, None, None, None);
            self.round = request.round;
        }
        let study = &request.study;
        let devices = self.devices(request.look);
        let device = request.device.among(&devices);
        let model = self.model(&study.model);
        let shape = model.as_ref().ok().map(|of| of.spec.clone());
        let texts = model.as_ref().ok().and_then(|of| preview(study, &of.spec, of.tokens.as_ref().ok()?).ok());
        let reach = texts.is_some().then(|| self.norms(study)?.reach(study)).flatten();
        let runs = study.validate().and_then(|()| fits_arithmetic(study, device));
        let plan = runs.and(model).and_then(|Shape { spec, tokens, mapped }| {
            let plan = Plan::new(
                study.clone(),
                &spec,
                &lm::required(tokens).for_setting(Setting::ModelId.path())?,
                &mut Hub::cache_only(),
            )?;
            let kind = device.map_or(device::Choice::Cpu, |found| found.choice);
            let (cost, memory) = (plan.cost(), plan.memory(kind).with_mapped(mapped));
            let fits = device.map_or(Ok(()), |found| memory.require(study.model.dtype, found));
            // Only the CPU's speed is measured, by products that need room themselves.
            let measured = fits.is_ok() && device.is_some_and(|found| found.choice == device::Choice::Cpu);
            let seconds = if measured { self.rate(&spec).map(|rate| cost.seconds(rate)) } else { None };
            let does_not_fit = fits.err().map(|error| Trouble::of(&error));
            Ok(Planned { trials: plan.trials(), seconds, pairs: plan.pairs.len(), memory, does_not_fit })
        });
        let missing = self.missing(study, plan.is_ok());
        let paradigms =
            study.experiments.syntax.as_ref().map(|syntax| self.paradigms(&syntax.pairs)).unwrap_or_default();
        let stem = stem(&study.model.id);
        Ready {
            of_hub: is_of_hub(&study.model.id),
            missing,
            shape,
            texts,
            reach,
            paradigms,
            plan: plan.map_err(|error| match error.kind() {
                ErrorKind::NotCached => Unplanned::Missing,
                _ => Unplanned::Wrong(Trouble::of(&error)),
            }),
            free_name: free_name(&request.folder, &stem),
            out: look_at(&request.out, study),
            devices,
            request,
        }
    }

    fn model(&mut self, choice: &ModelChoice) -> crate::Result<Shape> {
        if self.model.as_ref().is_none_or(|(known, _)| known != choice) {
            let checkpoint = Checkpoint::open(choice, Part::Shape, &mut Hub::cache_only())?;
            let of_model = || Ok((checkpoint.spec()?, checkpoint.tokens()?, checkpoint.mapped()?));
            let (spec, tokens, mapped) = of_model().for_setting(Setting::ModelId.path())?;
            self.model = Some((choice.clone(), Shape { spec, tokens, mapped }));
        }
        let known = self.model.as_ref().map(|(_, shape)| shape.clone());
        known.ok_or_else(|| crate::Error::internal("the model was forgotten".to_owned()))
    }

    /// The sources of `study` that are not on this machine; one that is `planned` has its texts and pairs.
    fn missing(&mut self, study: &Study, planned: bool) -> Vec<Source> {
        let mut is_missing = |source: &Source| match source {
            Source::Model if self.whole.as_ref() == Some(&study.model) => false,
            Source::Model => {
                let missing = source.is_missing(study);
                self.whole = (!missing).then(|| study.model.clone());
                missing
            }
            _ => !planned && source.is_missing(study),
        };
        Source::ALL.into_iter().filter(|source| is_missing(source)).collect()
    }

    /// The devices of this machine, looked at once for each `look`: asking a card may take a while.
    fn devices(&mut self, look: u64) -> Vec<Found> {
        if self.devices.as_ref().is_none_or(|(known, _)| *known != look) {
            self.devices = Some((look, device::list()));
        }
        self.devices.as_ref().map(|(_, list)| list.clone()).unwrap_or_default()
    }

    fn rate(&mut self, spec: &DecoderSpec) -> Option<f64> {
        if self.rate.as_ref().is_none_or(|(known, _)| known != spec) {
            self.rate = Some((spec.clone(), Cost::measured_rate(spec)));
        }
        self.rate.as_ref().and_then(|(_, rate)| *rate)
    }

    /// Norms of the demo on the first texts of `study`; none of other models, whose weights may take minutes to load.
    fn norms(&mut self, study: &Study) -> Option<&TokenNorms> {
        if study.model.id != "demo" {
            return None;
        }
        if self.norms.as_ref().is_none_or(|(known, _)| *known != study.texts) {
            self.norms = Some((study.texts.clone(), demo_norms(&study.texts).ok()));
        }
        self.norms.as_ref().and_then(|(_, norms)| norms.as_ref())
    }

    fn paradigms(&mut self, pairs: &str) -> Vec<(String, usize)> {
        if self.paradigms.as_ref().is_none_or(|(known, _)| known != pairs) {
            let list = corpus::paradigms(pairs).unwrap_or_default();
            self.paradigms = Some((pairs.to_owned(), list));
        }
        self.paradigms.as_ref().map(|(_, list)| list.clone()).unwrap_or_default()
    }
}

/// Refuses weights in a type that `device` does not compute in.
fn fits_arithmetic(study: &Study, device: Option<&Found>) -> crate::Result<()> {
    match device {
        Some(found) if found.choice == device::Choice::Cpu => {
            Target::new(study.model.dtype, &candle_core::Device::Cpu).map(drop)
        }
        _ => Ok(()),
    }
}

/// Whether `id` is looked for on the Hub: it could be a repository there, and is nothing here.
fn is_of_hub(id: &str) -> bool {
    id != "demo" && hub::is_repository_id(id) && !Path::new(id).exists()
}

fn preview(study: &Study, spec: &DecoderSpec, tokens: &Tokens) -> crate::Result<TextPreview> {
    let source = corpus::load_texts(&study.texts, &mut Hub::cache_only())?;
    let max = study.texts.max_tokens.min(spec.max_positions);
    let first = source
        .texts
        .iter()
        .take(PREVIEWED)
        .map(|text| tokens.pieces(&tokens.encode(text, study.texts.special_tokens, max)?))
        .collect::<crate::Result<Vec<_>>>()?;
    let longest = first.iter().map(Vec::len).max().unwrap_or(0);
    let used = source.texts.len();
    let different = source.texts.iter().collect::<HashSet<_>>().len();
    Ok(TextPreview {
        used,
        available: source.available,
        passing: source.passing,
        repeated: used - different,
        first,
        longest,
    })
}

/// What results of the model `id` are named after.
#[must_use]
pub fn stem(id: &str) -> String {
    let name = Path::new(id).file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = name.strip_suffix(".gguf").unwrap_or(&name).to_owned();
    if stem.is_empty() { "study".to_owned() } else { stem }
}

/// The first of `stem.polar`, `stem-2.polar`, … that is not in `folder`.
#[must_use]
pub fn free_name(folder: &Path, stem: &str) -> String {
    let name = |n: u32| if n == 1 { format!("{stem}.polar") } else { format!("{stem}-{n}.polar") };
    (1..10_000).map(name).find(|name| !folder.join(name).exists()).unwrap_or_else(|| name(10_000))
}

fn look_at(out: &Path, study: &Study) -> Out {
    let read = || {
        Store::check_place(out)?;
        Store::check_folder(out)?;
        if !out.exists() {
            return Ok(Out::New);
        }
        if !Store::holds_trials(out)? {
            return Ok(Out::Begun);
        }
        let store = Store::open(out)?;
        if study.validate().is_ok() {
            store.check_extension(study)?;
        }
        let (mut left, mut all) = (0, 0);
        store.each_batch(|batch, done| {
            all += batch.size();
            left += if done { 0 } else { batch.size() };
            Ok(())
        })?;
        Ok(if left == 0 { Out::Finished } else { Out::Unfinished(all - left, all) })
    };
    read().unwrap_or_else(|error: crate::Error| Out::Other(error.words(Interface::Window)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_results_file_is_told_of_before_a_run() {
        let folder = tempfile::tempdir().unwrap();
        let (out, study) = (folder.path().join("a.polar"), Study::demo());
        assert_eq!(look_at(&out, &study), Out::New);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "looking leaves nothing behind");
        std::fs::write(&out, []).unwrap();
        assert_eq!(look_at(&out, &study), Out::Begun);
        std::fs::remove_file(&out).unwrap();
        drop(Store::create(&out).unwrap());
        assert_eq!(look_at(&out, &study), Out::Begun);
        let told = |out: &Path, part: &str| match look_at(out, &study) {
            Out::Other(words) => assert!(words.contains(part) && !words.contains("--"), "{words}"),
            found => panic!("{found:?}"),
        };
        told(&folder.path().join("none/a.polar"), "there is no folder");
        told(folder.path(), "it is no file; choose another");
        // Nobody makes files there, whatever their rights.
        #[cfg(target_os = "linux")]
        told(Path::new("/proc/self/a.polar"), "no file can be made in");
    }
}
