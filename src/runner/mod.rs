//! Running a study: the plan, the engine that runs a batch, and the worker thread that runs them all.

mod batches;
mod bench;
mod closer;
mod cost;
mod draws;
mod engine;
mod halving;
mod idle;
mod memory;
mod needs;
mod noise;
mod pass;
mod peak;
mod plan;
mod reach;
mod register;
mod trace;
mod worker;

pub use batches::{cut, tokens_per_batch};
pub use bench::{Bench, Share, Timed, floor_seconds};
pub use closer::{Closer, Guess, Look, Pass, Sequence, Weights, weights};
pub use cost::Cost;
pub use draws::Draws;
pub use engine::{Engine, Task};
pub use halving::{Parts, Room, in_halves};
pub use memory::{Memory, room_words, size};
pub use needs::Needs;
pub use peak::{anonymous, peak_memory};
pub use plan::{Plan, Planned};
pub use reach::{demo_norms, reach};
pub use trace::{Disturbed, Trace};
pub use worker::{Command, Event, Job, Progress, Worker};
