//! The worker thread: runs a study from the first text to the last, batch by batch, and tells how it goes.

use super::batches::tokens_per_batch;
use super::cost::Cost;
use super::engine::{Engine, Task};
use super::halving::{Parts, Room, in_halves};
use super::plan::Plan;
use super::register::Registered;
use crate::device;
use crate::error::{Advised, Error, ErrorKind, Hint, Result};
use crate::experiment::{Commit, Condition, Kind, Results};
use crate::guard::reported;
use crate::hub::{self, Hub};
use crate::intervention::{Directed, Reproducible};
use crate::lm::{Checkpoint, Decoder, DecoderSpec, Part, Target};
use crate::measure::{LayerNorms, Norms};
use crate::store::{Ending, Store};
use crate::study::Study;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvError, SyncSender, TryRecvError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What to run, and where its results go.
#[derive(Debug, Clone)]
pub struct Job {
    /// The study.
    pub study: Study,
    /// The study file.
    pub out: PathBuf,
    /// Where to compute.
    pub device: device::Choice,
    /// Whether a file that is there may be continued: an unfinished one to its end, a finished one by what the study
    /// adds.
    pub resume: bool,
}

/// What the worker can be told; each takes effect within one batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Wait.
    Pause,
    /// Go on.
    Resume,
    /// Stop; what is finished is kept.
    Cancel,
}

/// What the worker tells.
#[derive(Debug)]
pub enum Event {
    /// What it is doing before the first trial.
    Status(String),
    /// Files are being fetched from the Hub.
    Download(hub::Progress),
    /// The study file is open; what it holds already, nothing for a new one.
    Opened(Box<Results>),
    /// A batch is in the study file.
    Committed(Commit, Progress),
    /// The conditions that earlier results decide are in the study file, by their ids.
    Planned(BTreeMap<usize, Condition>),
    /// Something that the user should know, and that changes nothing about the results.
    Note(Advised),
    /// It waits.
    Paused,
    /// It goes on.
    Resumed,
    /// It has ended: complete, or with the reason why not. Nothing comes after it.
    Finished(Result<()>),
}

/// How far the run is.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// Trials in the file.
    pub done: usize,
    /// Trials of the study.
    pub total: usize,
    /// The experiment of the last batch.
    pub experiment: Kind,
    /// Per experiment, in the order in which they run: trials in the file, trials of the study.
    pub by_experiment: Vec<(Kind, usize, usize)>,
    /// Bytes of memory that this process takes, where the system says so.
    pub memory: Option<u64>,
    /// Estimated from the work that is done and that is left; pauses do not count.
    pub left: Duration,
    /// Tokens per second since the start of this run, clean passes included.
    pub tokens_per_second: f64,
}

/// A running study.
pub struct Worker {
    /// What it tells. Has to be read: a worker whose events nobody takes waits.
    pub events: Receiver<Event>,
    commands: SyncSender<Command>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts `job` on a thread of its own.
    ///
    /// # Errors
    /// [`Error::unavailable`] where the system gives no thread.
    pub fn start(job: Job) -> Result<Self> {
        let (tell, events) = sync_channel(256);
        let (commands, orders) = sync_channel(16);
        let run = move || {
            // A panic is a bug; what is finished is in the file, and whoever waits has to hear of the end.
            let outcome = reported(|| Run { tell: &tell, orders: &orders, begun: Cell::new(false) }.run(job))
                .unwrap_or_else(|words| Err(Error::internal(words)));
            let _ = tell.send(Event::Finished(outcome));
        };
        let thread = std::thread::Builder::new()
            .name("polarscope worker".to_owned())
            .spawn(run)
            .map_err(|error| Error::unavailable(format!("no thread to run on: {error}")))?;
        Ok(Self { events, commands, thread: Some(thread) })
    }

    /// Tells the worker. A worker that has ended does not mind.
    pub fn tell(&self, command: Command) {
        let _ = self.commands.try_send(command);
    }
}

/// Stops the worker and waits for the batch in flight, so that its file is closed in order.
impl Drop for Worker {
    fn drop(&mut self) {
        self.tell(Command::Cancel);
        // With nobody listening any more, the worker's next event ends it.
        let (_, nobody) = sync_channel(1);
        self.events = nobody;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The worker's side.
struct Run<'a> {
    tell: &'a SyncSender<Event>,
    orders: &'a Receiver<Command>,
    /// Whether there is a file that a later run can go on with.
    begun: Cell<bool>,
}

impl Run<'_> {
    fn run(&self, job: Job) -> Result<()> {
        let Job { study, out, device, resume } = job;
        study.validate()?;
        self.begun.set(check_output(&out, resume)?);
        let device = device.open()?;
        self.status(format!("Opening the model {}", study.model.id))?;
        let mut report = |progress: &hub::Progress| {
            self.send(Event::Download(progress.clone()))?;
            self.obey()
        };
        let mut hub = Hub::online(&mut report);
        let target = Target::new(study.model.dtype, &device.device)?;
        let shape = Checkpoint::open(&study.model, Part::Shape, &mut hub)?;
        let mut plan = Plan::of(study, &shape, &mut hub)?;
        let (mapped, pinned) = (shape.mapped()?, shape.pinned(&plan.study.model));
        drop(shape); // it may hold a mapping of the very files that are opened next
        let require = |plan: &Plan| {
            let memory = plan.memory(device.found.choice).with_mapped(mapped);
            memory.require(plan.study.model.dtype, &device.found)
        };
        require(&plan)?;
        let checkpoint = Checkpoint::open(&pinned, Part::Whole, &mut hub)?;
        // Weights that were fetched just now may have a head that config.json does not tell of.
        plan.spec = checkpoint.spec()?;
        require(&plan)?;
        self.status(format!("Loading the model {}", plan.study.model.id))?;
        let model = checkpoint.load(&target)?;
        drop(checkpoint);
        for remark in &model.remarks {
            self.send(Event::Note(Advised::new(format!("{}: {remark}", plan.study.model.id), &[])))?;
        }
        for remark in plan.remarks() {
            self.send(Event::Note(Advised::new(remark, &[])))?;
        }
        self.obey()?;
        // A file without a trial is made anew: it may be of a run that could never have gone on.
        let goes_on = resume && Store::holds_trials(&out)?;
        let opened = if goes_on { Store::open_to_write(&out) } else { Store::create(&out) };
        let mut store = match opened {
            // Nothing is written to a file to which there is nothing to add.
            Err(error) if error.kind() == ErrorKind::Output && goes_on && is_complete(&out, &plan.study)? => {
                self.send(Event::Opened(Box::new(Store::open(&out)?.results()?)))?;
                let words = format!("{}: is complete; it is left as it is", out.display());
                return self.send(Event::Note(Advised::new(words, &[])));
            }
            opened => opened?,
        };
        let budget = tokens_per_batch(&plan.spec);
        let mut registered = store.atomically(|store| Registered::new(store, &plan, &model, &device, budget))?;
        self.begun.set(true);
        if !store.is_finished()? {
            store.start_log()?;
        }
        let mut norms = store.norms()?;
        if norms.is_empty() {
            let found = self.survey(&model.decoder, &plan, budget)?;
            if let Some(layer) = found.layers.iter().position(|norms| !norms.are_finite()) {
                return Err(Error::data(format!(
                    "the clean run of {}: the norms of layer {layer} are not numbers; its weights are broken",
                    plan.study.model.id
                )));
            }
            store.set_norms(&found)?;
            store.save()?;
            norms = found.layers;
        }
        let results = store.results()?;
        let mut ahead = Ahead::of(&results, &plan, &model.decoder);
        self.send(Event::Opened(Box::new(results)))?;
        loop {
            self.batches(&mut store, &plan, &model.decoder, &registered, &norms, &mut ahead)?;
            let later = store.atomically(|store| registered.plan_later(store))?;
            if later.is_empty() {
                break;
            }
            self.send(Event::Planned(later))?;
        }
        self.status("Packing the study file".to_owned())?;
        let (words, hint) = match store.finish()? {
            Ending::Unchanged | Ending::Packed => return Ok(()),
            Ending::Replaced => {
                ("all trials are in; another program had the file open, and sees them when it opens it again", None)
            }
            Ending::Open => (
                "all trials are in, but another program has the file open, so its -wal file stays beside it; ",
                Some(Hint::ResumeToPack),
            ),
        };
        self.send(Event::Note(Advised::new(format!("{}: {words}", out.display()), hint.as_slice())))
    }

    /// Norms of the clean run over the study's texts, `budget` tokens at a time, or fewer where the device has no room.
    fn survey(&self, decoder: &Decoder, plan: &Plan, mut budget: usize) -> Result<Norms> {
        loop {
            let outcome = Engine::survey(decoder, &plan.text_items, budget, |done, all| {
                self.status(format!("Measuring norms, text {done} of {all}"))?;
                self.obey()
            });
            match outcome {
                Err(error) if error.kind() == ErrorKind::OutOfMemory && budget > plan.longest() => budget /= 2,
                outcome => return outcome,
            }
        }
    }

    /// Runs the batches that are planned and not done.
    fn batches(
        &self,
        store: &mut Store,
        plan: &Plan,
        decoder: &Decoder,
        registered: &Registered,
        norms: &[LayerNorms],
        ahead: &mut Ahead,
    ) -> Result<()> {
        let draws = Reproducible { study_seed: plan.study.seed };
        let noise = Directed { draws: &draws, directions: plan.directions.as_ref() };
        let mut engine = Engine::new(decoder, &plan.study.perturbation, &noise, norms);
        // Of later batches there is an estimate, until they are planned.
        ahead.left = std::mem::take(&mut ahead.later);
        let mut costs = Costs::of(decoder);
        store.each_batch(|batch, done| {
            if !done {
                ahead.left += costs.next(&registered.task(&batch)?).operations;
            }
            Ok(())
        })?;
        let (mut costs, mut next) = (Costs::of(decoder), 0);
        loop {
            let pending = store.pending(next)?;
            let Some(last) = pending.last() else { return Ok(()) };
            next = last.id + 1;
            for batch in &pending {
                // Whoever pauses may copy the file, or put the machine to sleep.
                self.obey_after(&mut || store.save().map(drop))?;
                let (id, kind, task) = (batch.id, batch.experiment, registered.task(batch)?);
                let cost = costs.next(&task);
                let start = Instant::now();
                let Parts { commit, count } =
                    in_halves(&task, &mut ahead.room, &mut |part| engine.run(part), &mut || {
                        let words =
                            format!("{kind}: the device has no room for batch {id}; half of it is run at a time");
                        self.send(Event::Note(Advised::new(words, &[])))
                    })?;
                store.commit(id, &commit, count)?;
                let progress = ahead.after(kind, commit.trials.len(), &cost, start.elapsed());
                self.send(Event::Committed(commit, progress))?;
            }
        }
    }

    fn stopped(&self) -> Error {
        Error::stopped(if self.begun.get() {
            Advised::new("stopped; every finished trial is kept, ", &[Hint::ResumeLater])
        } else {
            Advised::new("stopped before anything was begun; nothing was written", &[])
        })
    }

    fn send(&self, event: Event) -> Result<()> {
        self.tell.send(event).map_err(|_| self.stopped())
    }

    fn status(&self, words: String) -> Result<()> {
        self.send(Event::Status(words))
    }

    /// Follows the orders that have come; returns when there is something to do.
    fn obey(&self) -> Result<()> {
        self.obey_after(&mut || Ok(()))
    }

    /// The same, with `rest` done before a pause.
    fn obey_after(&self, rest: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        let mut paused = false;
        loop {
            let order = match (paused, self.orders.try_recv()) {
                (_, Ok(order)) => order,
                (_, Err(TryRecvError::Disconnected)) => return Err(self.stopped()),
                (false, Err(TryRecvError::Empty)) => return Ok(()),
                (true, Err(TryRecvError::Empty)) => match self.orders.recv() {
                    Ok(order) => order,
                    Err(RecvError) => return Err(self.stopped()),
                },
            };
            match order {
                Command::Cancel => return Err(self.stopped()),
                Command::Pause if !paused => {
                    paused = true;
                    rest()?;
                    self.send(Event::Paused)?;
                }
                Command::Resume if paused => {
                    paused = false;
                    self.send(Event::Resumed)?;
                }
                Command::Pause | Command::Resume => {}
            }
        }
    }
}

/// Whether the file at `path` has every trial of `study` already, and nobody goes on with it.
fn is_complete(path: &std::path::Path, study: &Study) -> Result<bool> {
    if Store::is_being_written(path) {
        return Ok(false);
    }
    let store = Store::open(path)?;
    Ok(store.study()? == *study && store.is_finished()?)
}

/// Refuses a path at which no study file can be written, and a file that is where that was not asked for, before any work
/// is done. Gives whether there is one to go on with.
fn check_output(out: &std::path::Path, resume: bool) -> Result<bool> {
    let shown = out.display();
    Store::check_place(out)?;
    Store::check_folder(out)?;
    if resume {
        return Store::holds_trials(out);
    }
    let left = |error| Error::output(format!("{shown} exists already and is left as it is ({error})"));
    if !Store::holds_trials(out).map_err(left)? {
        return Ok(false);
    }
    let finished = Store::open(out).and_then(|store| store.is_finished()).map_err(left)?;
    Err(Error::output(if finished {
        Advised::new(format!("{shown} exists and is finished; "), &[Hint::OtherFile, Hint::Extend])
    } else {
        Advised::new(format!("{shown} exists and is unfinished; "), &[Hint::Resume, Hint::OtherFile])
    }))
}

/// What is done and what is left.
struct Ahead {
    room: Room,
    /// Trials in the file, and trials of the study.
    done: usize,
    total: usize,
    by_experiment: Vec<(Kind, usize, usize)>,
    /// Operations that are left, those that later batches will take among them, and those alone where they still come.
    left: f64,
    later: f64,
    /// Operations and tokens of this run, and the time that they took.
    work: f64,
    tokens: f64,
    busy: Duration,
}

impl Ahead {
    fn of(results: &Results, plan: &Plan, decoder: &Decoder) -> Self {
        let later = |planned: &super::plan::Planned| {
            let waits = results.shapes.get(&planned.kind()).is_some_and(|shape| shape.later > 0);
            let tokens: usize = plan.items(planned).flat_map(crate::corpus::Item::lengths).sum();
            let starts = planned.layers.first().copied().into_iter().cycle().take(planned.later);
            if waits { Cost::of(decoder.spec(), tokens, starts).operations } else { 0.0 }
        };
        let later = plan.experiments.iter().map(later).sum();
        let (done, total) = (results.finished(), results.planned);
        let finished = |kind| -> usize {
            let of_kind = results.conditions.iter().filter(|(_, condition)| condition.experiment == kind);
            of_kind.map(|(id, _)| results.scores(*id).count()).sum()
        };
        let by_experiment = plan
            .experiments
            .iter()
            .map(|planned| (planned.kind(), finished(planned.kind()), planned.trials()))
            .collect();
        let (work, tokens, busy) = (0.0, 0.0, Duration::ZERO);
        Self { room: Room::default(), done, total, by_experiment, left: 0.0, later, work, tokens, busy }
    }

    /// After a batch of `trials` trials of `cost` that took so long.
    fn after(&mut self, experiment: Kind, trials: usize, cost: &Cost, took: Duration) -> Progress {
        self.busy += took;
        self.done += trials;
        if let Some((_, done, _)) = self.by_experiment.iter_mut().find(|(kind, ..)| *kind == experiment) {
            *done += trials;
        }
        self.work += cost.operations;
        self.left -= cost.operations;
        self.tokens += cost.tokens;
        Progress {
            done: self.done,
            total: self.total,
            experiment,
            by_experiment: self.by_experiment.clone(),
            memory: super::peak::anonymous(),
            left: self.busy.mul_f64((self.left / self.work).max(0.0)),
            tokens_per_second: self.tokens / self.busy.as_secs_f64(),
        }
    }
}

/// What batches cost, one after the other: the clean pass is paid by the first batch of a group.
struct Costs<'a> {
    spec: &'a DecoderSpec,
    /// The experiment and the items of the last one.
    last: Option<(Kind, Vec<usize>)>,
}

impl<'a> Costs<'a> {
    fn of(decoder: &'a Decoder) -> Self {
        Self { spec: decoder.spec(), last: None }
    }

    fn next(&mut self, task: &Task) -> Cost {
        let tokens: usize = task.items.iter().map(|(_, item)| item.lengths().iter().sum::<usize>()).sum();
        let disturbed = task.conditions.iter().filter(|(_, condition)| condition.disturbance.is_some());
        let mut cost = Cost::of(self.spec, tokens, disturbed.map(|(_, condition)| condition.pass.first_layer()));
        let group = Some((task.experiment.kind(), task.items.iter().map(|(id, _)| *id).collect()));
        if self.last != group {
            cost += Cost::clean(self.spec, tokens);
        }
        self.last = group;
        cost
    }
}
