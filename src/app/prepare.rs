//! What can be said of a study before it runs: the model's shape, the texts and their tokens, trials and time. Worked
//! out on a thread of its own whenever the study changes.

use crate::corpus;
use crate::hub::Hub;
use crate::lm::{self, Checkpoint, DecoderSpec, Part, Tokens};
use crate::runner::{Cost, Plan};
use crate::store::Store;
use crate::study::{ModelChoice, Study};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
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
    /// Grows whenever the same request may have another answer.
    pub round: u64,
}

/// What is known of a study.
#[derive(Debug)]
pub struct Ready {
    /// What this answers.
    pub request: Request,
    /// The model's shape; none where there is no such model.
    pub shape: Option<DecoderSpec>,
    /// The texts; none where they cannot be read.
    pub texts: Option<TextPreview>,
    /// The paradigms that the source of pairs holds, and how many pairs each has.
    pub paradigms: Vec<(String, usize)>,
    /// What the study takes, or why it cannot be run.
    pub plan: Result<Planned, String>,
    /// A results file that does not exist.
    pub free_name: String,
    /// What is at the results file's path.
    pub out: Out,
}

/// What a study takes.
#[derive(Debug, Clone, Copy)]
pub struct Planned {
    /// Trials.
    pub trials: usize,
    /// About how long, seconds; none where it could not be measured.
    pub seconds: Option<f64>,
    /// Minimal pairs.
    pub pairs: usize,
}

/// The texts of a study.
#[derive(Debug)]
pub struct TextPreview {
    /// How many there are.
    pub used: usize,
    /// How many the source holds.
    pub available: usize,
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
    /// A study file that is not finished: trials in it, trials planned.
    Unfinished(usize, usize),
    /// A finished study file.
    Finished,
    /// Something else.
    Other(String),
}

/// The thread that prepares studies.
pub struct Prepare {
    requests: Sender<Request>,
    answers: Receiver<Ready>,
    asked: Option<Request>,
    /// The newest answer, perhaps to an older request.
    pub ready: Option<Ready>,
}

impl Prepare {
    /// Starts the thread; it ends with this value.
    #[must_use]
    pub fn start(context: egui::Context) -> Self {
        let (requests, orders) = channel();
        let (tell, answers) = channel();
        let work = move || {
            let mut known = Known::default();
            while let Some(request) = newest(&orders) {
                if tell.send(known.prepare(request)).is_err() {
                    return;
                }
                context.request_repaint();
            }
        };
        // Without the thread the window still runs studies; it only has nothing to say of them beforehand.
        let _ = std::thread::Builder::new().name("polarscope preparation".to_owned()).spawn(work);
        Self { requests, answers, asked: None, ready: None }
    }

    /// Asks for `request` unless that was the last that was asked for, and takes what has come. Returns whether
    /// something has.
    pub fn update(&mut self, request: Request) -> bool {
        if self.asked.as_ref() != Some(&request) {
            self.asked = Some(request.clone());
            let _ = self.requests.send(request);
        }
        match self.answers.try_iter().last() {
            Some(ready) => {
                self.ready = Some(ready);
                true
            }
            None => false,
        }
    }

    /// The answer to what was asked for last, where it is there.
    #[must_use]
    pub fn current(&self) -> Option<&Ready> {
        self.ready.as_ref().filter(|ready| self.asked.as_ref() == Some(&ready.request))
    }
}

/// Waits for a request, and then until no newer one comes for a moment. None when nobody can ask any more.
fn newest(orders: &Receiver<Request>) -> Option<Request> {
    let mut request = orders.recv().ok()?;
    loop {
        match orders.recv_timeout(QUIET) {
            Ok(newer) => request = newer,
            Err(RecvTimeoutError::Timeout) => return Some(request),
            Err(RecvTimeoutError::Disconnected) => return None,
        }
    }
}

/// What need not be worked out again.
#[derive(Default)]
struct Known {
    model: Option<(ModelChoice, DecoderSpec, Option<Tokens>)>,
    rate: Option<(DecoderSpec, Option<f64>)>,
    paradigms: Option<(String, Vec<(String, usize)>)>,
}

impl Known {
    fn prepare(&mut self, request: Request) -> Ready {
        let study = &request.study;
        let model = self.model(&study.model);
        let shape = model.as_ref().ok().map(|(spec, _)| spec.clone());
        let texts = model.as_ref().ok().and_then(|(spec, tokens)| preview(study, spec, tokens.as_ref()?).ok());
        let plan = study.validate().and(model).and_then(|(spec, tokens)| {
            let plan = Plan::new(study.clone(), &spec, &lm::required(tokens)?, &mut Hub::cache_only())?;
            let seconds = self.rate(&spec).map(|rate| plan.cost(&spec).seconds(rate));
            Ok(Planned { trials: plan.trials(), seconds, pairs: plan.pairs.len() })
        });
        let paradigms =
            study.experiments.syntax.as_ref().map(|syntax| self.paradigms(&syntax.pairs)).unwrap_or_default();
        let stem = stem(&study.model.id);
        Ready {
            shape,
            texts,
            paradigms,
            plan: plan.map_err(|error| error.to_string()),
            free_name: free_name(&request.folder, &stem),
            out: look_at(&request.out),
            request,
        }
    }

    fn model(&mut self, choice: &ModelChoice) -> crate::Result<(DecoderSpec, Option<Tokens>)> {
        if self.model.as_ref().is_none_or(|(known, ..)| known != choice) {
            let checkpoint = Checkpoint::open(choice, Part::Shape, &mut Hub::cache_only())?;
            self.model = Some((choice.clone(), checkpoint.spec()?, checkpoint.tokens()?));
        }
        let known = self.model.as_ref().map(|(_, spec, tokens)| (spec.clone(), tokens.clone()));
        known.ok_or_else(|| crate::Error::Internal("the model was forgotten".to_owned()))
    }

    fn rate(&mut self, spec: &DecoderSpec) -> Option<f64> {
        if self.rate.as_ref().is_none_or(|(known, _)| known != spec) {
            self.rate = Some((spec.clone(), Cost::measured_rate(spec)));
        }
        self.rate.as_ref().and_then(|(_, rate)| *rate)
    }

    fn paradigms(&mut self, pairs: &str) -> Vec<(String, usize)> {
        if self.paradigms.as_ref().is_none_or(|(known, _)| known != pairs) {
            let list = corpus::paradigms(pairs).unwrap_or_default();
            self.paradigms = Some((pairs.to_owned(), list));
        }
        self.paradigms.as_ref().map(|(_, list)| list.clone()).unwrap_or_default()
    }
}

fn preview(study: &Study, spec: &DecoderSpec, tokens: &Tokens) -> crate::Result<TextPreview> {
    let source = corpus::load_texts(&study.texts, &mut Hub::cache_only())?;
    let max = study.texts.max_tokens.min(spec.max_positions);
    let first = source
        .texts
        .iter()
        .take(PREVIEWED)
        .map(|text| Ok(tokens.pieces(&tokens.encode(text, study.texts.special_tokens, max)?)))
        .collect::<crate::Result<Vec<_>>>()?;
    let longest = first.iter().map(Vec::len).max().unwrap_or(0);
    Ok(TextPreview { used: source.texts.len(), available: source.available, first, longest })
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

fn look_at(out: &Path) -> Out {
    if !out.exists() {
        return match out.parent() {
            Some(parent) if parent.is_dir() || parent.as_os_str().is_empty() => Out::New,
            _ => Out::Other("There is no such folder".to_owned()),
        };
    }
    let read = || {
        let store = Store::open(out)?;
        if !store.has_study()? {
            return Ok(Out::Unfinished(0, 0));
        }
        let count = |pending| -> crate::Result<usize> {
            Ok(store.batches(pending)?.iter().map(|batch| batch.items.len() * batch.conditions.len()).sum())
        };
        let (left, all) = (count(true)?, count(false)?);
        Ok(if left == 0 { Out::Finished } else { Out::Unfinished(all - left, all) })
    };
    read().unwrap_or_else(|error: crate::Error| Out::Other(error.to_string()))
}
