//! `polarscope bench`: how fast the engine is on this machine.

use super::model::{Loaded, ModelOptions};
use crate::error::Result;
use crate::lm::Product;
use crate::runner::{self, Share, floor_seconds, peak_memory, size, tokens_per_batch};
use crate::visible;
use clap::Args;
use serde_json::json;

/// Arguments of `bench`.
#[derive(Debug, Args)]
pub struct Bench {
    /// demo (built in), a folder in Hugging Face layout, a .gguf file, or a repository of the Hugging Face Hub
    #[arg(default_value = "demo")]
    model: String,
    #[command(flatten)]
    options: ModelOptions,
    /// Texts of the sweep
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..))]
    texts: u16,
    /// Seeds of the sweep
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..))]
    seeds: u16,
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

/// What was measured.
struct Outcome {
    /// Tokens of all trials.
    tokens: usize,
    trials: usize,
    layers: Vec<usize>,
    seconds: f64,
    shares: Vec<Share>,
    peak_memory: Option<u64>,
}

impl Bench {
    pub fn run(self) -> Result<()> {
        let described = self.options.describe(self.model)?;
        let batch = tokens_per_batch(&described.spec);
        let (outcome, peak_memory) = peak_memory(|| -> Result<_> {
            let loaded = described.load(batch)?;
            let bench = runner::Bench::new(&loaded.model.decoder, usize::from(self.texts), u32::from(self.seeds))?;
            bench.run()?; // warms caches, threads and clocks
            let timed = bench.run()?;
            let (tokens, layers) = (bench.tokens(), bench.layers().to_vec());
            let shares = bench.floor()?;
            let (seconds, trials) = (timed.seconds, timed.trials.len());
            Ok((loaded, Outcome { tokens, trials, layers, seconds, shares, peak_memory: None }))
        });
        let (loaded, outcome) = outcome?;
        let outcome = Outcome { peak_memory, ..outcome };
        super::print(&if self.json { visible::json(&as_json(&loaded, &outcome)) } else { as_text(&loaded, &outcome) })
    }
}

fn as_json(loaded: &Loaded, outcome: &Outcome) -> serde_json::Value {
    let floor = floor_seconds(&outcome.shares);
    let products: Vec<_> = outcome
        .shares
        .iter()
        .map(|share| {
            json!({
                "pass": pass(share),
                "product": words(&share.product),
                "operations": share.operations,
                "operations_per_second": share.rate,
                "seconds": share.operations / share.rate,
            })
        })
        .collect();
    json!({
        "model": loaded.choice.id,
        "device": { "id": loaded.device.found.choice.to_string(), "name": loaded.device.found.name },
        "dtype": loaded.choice.dtype.to_string(),
        "layers": outcome.layers,
        "trials": outcome.trials,
        "tokens": outcome.tokens,
        "seconds": outcome.seconds,
        "trials_per_second": outcome.trials as f64 / outcome.seconds,
        "tokens_per_second": outcome.tokens as f64 / outcome.seconds,
        "floor_seconds": floor,
        "share_of_floor": floor / outcome.seconds,
        "peak_memory_bytes": outcome.peak_memory,
        "products": products,
    })
}

fn as_text(loaded: &Loaded, outcome: &Outcome) -> String {
    let device = &loaded.device.found;
    let floor = floor_seconds(&outcome.shares);
    let seconds = outcome.seconds;
    let layers: Vec<String> = outcome.layers.iter().map(ToString::to_string).collect();
    let rows = [
        ("model", format!("{} in {}", loaded.choice.id, loaded.choice.dtype)),
        ("device", format!("{} ({})", device.choice, device.name)),
        ("sweep", format!("{} trials, published protocol, layers {}", outcome.trials, layers.join(","))),
        ("time", format!("{seconds:.3} s")),
        ("trials", format!("{:.1} per second", outcome.trials as f64 / seconds)),
        ("tokens", format!("{:.0} per second, counting those of every trial", outcome.tokens as f64 / seconds)),
        (
            "floor",
            format!("{floor:.3} s for the matrix products alone: {:.0} % of it reached", 100.0 * floor / seconds),
        ),
        (
            "memory",
            outcome.peak_memory.map_or("not told by the system".to_owned(), |bytes| format!("{} at most", size(bytes))),
        ),
    ];
    let mut text = String::new();
    for (name, value) in rows {
        text += &format!("{name:<7} {value}\n");
    }
    text += "\nMatrix products that remain after sharing\n";
    text += "pass       shape                                     seconds   GFLOP/s\n";
    for share in &outcome.shares {
        let seconds = share.operations / share.rate;
        text +=
            &format!("{:<10} {:<40} {seconds:>8.3} {:>9.1}\n", pass(share), words(&share.product), share.rate / 1e9);
    }
    text
}

fn pass(share: &Share) -> &'static str {
    if share.clean { "clean" } else { "disturbed" }
}

fn words(product: &Product) -> String {
    match product {
        Product::Projection { rows, inner, columns } => format!("[{rows}, {inner}] to {columns}"),
        Product::Head { rows, inner, columns } => format!("[{rows}, {inner}] to {columns} logits"),
        Product::Attention { heads, length, width } => format!("{heads} heads of [{length}, {width}]"),
    }
}
