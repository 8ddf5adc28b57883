//! Polarscope: what do the direction and the length of a transformer's hidden states each carry?
//!
//! Data flows one way: a [`study`] becomes a plan of trials, a worker in [`runner`] runs them on a model from [`lm`]
//! with the interventions of [`intervention`], [`store`] keeps every trial, and summaries, tables and the window are
//! made from what is stored. See ARCHITECTURE.md.

// Nothing that a user or a file can influence may panic; tests may.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used))]

mod allocator;
pub mod app;
pub mod cli;
pub mod corpus;
pub mod device;
pub mod error;
pub mod experiment;
pub mod figure;
pub mod findings;
mod guard;
mod hash;
pub mod hub;
pub mod intervention;
pub mod lm;
pub mod measure;
pub mod published;
pub mod runner;
pub mod stats;
pub mod store;
pub mod study;
mod text;
mod visible;

pub use error::{Error, Result};

#[global_allocator]
static ALLOCATOR: allocator::Allocator = allocator::Allocator;
