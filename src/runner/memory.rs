//! What a run takes of a device's memory, from shapes alone, against what the device has.

use crate::device::{Choice, Found, Limit, Room};
use crate::error::{Error, Hint, Interface, Problem, Result};
use crate::lm::{DecoderSpec, LOGITS_BYTES};
use crate::study::{Dtype, Setting};

/// Bytes that a run needs on its device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// The weights.
    pub weights: u64,
    /// The tensors of a batch on their way through a layer, and a chunk of logits.
    pub activations: u64,
    /// The cached clean run of a batch's texts.
    pub clean: u64,
    /// The files of the weights, which are mapped while they are read: they take address space and no memory.
    pub mapped: u64,
}

impl Memory {
    /// Of a model of the shape `spec` in `dtype`, batches of about `tokens` tokens, and sequences of at most `longest`, on
    /// a device of the kind `device`.
    #[must_use]
    pub fn of(spec: &DecoderSpec, dtype: Dtype, tokens: usize, longest: usize, device: Choice) -> Self {
        let width = candle_core::DType::from(dtype).size_in_bytes();
        let tokens = tokens.max(longest);
        // Scores and pattern are float32 whatever the weights are.
        let scores = 2 * 4 * spec.heads * longest;
        let attention = width * spec.head_dim * (3 * spec.heads + 2 * spec.kv_heads) + scores;
        let mlp = width * spec.mlp_dim * if spec.gated { 4 } else { 3 };
        // The stream, two norms, the sum of a branch, and its copy in float32 while it is disturbed.
        let stream = 6 * width.max(4) * spec.hidden;
        let [on_cpu, elsewhere] = LOGITS_BYTES;
        let logits = if device == Choice::Cpu { on_cpu } else { elsewhere };
        Self {
            weights: (width * spec.parameters()) as u64,
            activations: (tokens * (stream + attention.max(mlp)) + logits) as u64,
            clean: (width * tokens * spec.hidden) as u64,
            mapped: 0,
        }
    }

    /// The same where the clean run of a batch keeps `numbers` numbers.
    #[must_use]
    pub fn with_clean_run(self, numbers: u64, dtype: Dtype) -> Self {
        Self { clean: numbers * candle_core::DType::from(dtype).size_in_bytes() as u64, ..self }
    }

    /// The same where `bytes` of files are mapped.
    #[must_use]
    pub fn with_mapped(self, bytes: u64) -> Self {
        Self { mapped: bytes, ..self }
    }

    /// All of it, without what is mapped.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.weights + self.activations + self.clean
    }

    /// In words: `1.62 GB: 1.62 GB for the weights in f32, …`.
    #[must_use]
    pub fn words(&self, dtype: Dtype) -> String {
        format!(
            "{}: {} for the weights in {dtype}, {} for a batch, {} for its clean run",
            size(self.total()),
            size(self.weights),
            size(self.activations),
            size(self.clean)
        )
    }

    /// What it takes of the kind that `limit` bounds.
    fn below(&self, limit: &Limit) -> u64 {
        self.total() + if *limit == Limit::AddressSpace { self.mapped } else { 0 }
    }

    /// Refuses a study that `device` has no room for, before anything is loaded.
    ///
    /// # Errors
    /// [`Error::unavailable`] that names the limit, and what would make it fit.
    pub fn require(&self, dtype: Dtype, device: &Found) -> Result<()> {
        let lacking = device.rooms.iter().map(|room| (self.below(&room.limit).saturating_sub(room.free), room));
        let Some((_, room)) = lacking.filter(|(lacking, _)| *lacking > 0).max_by_key(|(lacking, _)| *lacking) else {
            return Ok(());
        };
        let is_cpu = device.choice == Choice::Cpu;
        let mut hints = Vec::new();
        if dtype == Dtype::F32 && !is_cpu {
            hints.push(Hint::Bf16);
        }
        if self.weights <= room.free {
            hints.push(Hint::FewerTokens);
        }
        if !is_cpu {
            hints.push(Hint::Cpu);
        }
        hints.extend([Hint::SmallerModel, Hint::Raise(remedy(&room.limit))]);
        let mapped = match room.limit {
            Limit::AddressSpace if self.mapped > 0 => {
                format!("; and {} of address space for the files of the weights", size(self.mapped))
            }
            _ => String::new(),
        };
        Err(Error::unavailable(NoRoom {
            device: device.choice,
            name: device.name.clone(),
            has: room_words(room),
            needs: format!("{}{mapped}", self.words(dtype)),
            hints,
        }))
    }
}

/// A device that has no room for a study.
#[derive(Debug)]
struct NoRoom {
    device: Choice,
    name: String,
    /// What it has, and what the study needs, in words.
    has: String,
    needs: String,
    hints: Vec<Hint>,
}

impl Problem for NoRoom {
    fn words(&self, interface: Interface) -> String {
        let Self { device, name, has, needs, hints } = self;
        let on = match (interface, device) {
            (Interface::Window, Choice::Cpu) => {
                format!("The study does not fit on the CPU ({})", name.strip_prefix("CPU, ").unwrap_or(name))
            }
            (Interface::Window, device) => format!("The study does not fit on {device} ({name})"),
            (Interface::CommandLine, device) => format!("the study does not fit on {device} ({name})"),
        };
        let helps: Vec<String> = hints
            .iter()
            .filter_map(|hint| Some(format!("{}{}", hint.words(interface)?, hint.effect(interface))))
            .collect();
        format!("{on}, which has {has}: it needs {needs}. What would make it fit: {}", helps.join("; "))
    }

    fn setting(&self) -> Option<&'static str> {
        Some(Setting::Dtype.path())
    }

    fn hints(&self) -> &[Hint] {
        &self.hints
    }
}

/// What is free of `room`, and what sets it: `2.00 GB free of 8.00 GB`.
#[must_use]
pub fn room_words(room: &Room) -> String {
    let of = format!("{} free of {}", size(room.free), size(room.total));
    match &room.limit {
        Limit::Device => of,
        Limit::Group(file) => format!("{of} that {} allows the control group", file.display()),
        Limit::AddressSpace => format!("{of} of address space that `ulimit -v` allows"),
        Limit::Data => format!("{of} of data that `ulimit -d` allows"),
    }
}

/// What raises `limit`.
fn remedy(limit: &Limit) -> &'static str {
    match limit {
        Limit::Device => "memory that other programs give back",
        Limit::Group(_) => {
            "a larger limit of the control group (--mem of Slurm, MemoryMax of systemd-run, --memory of a container)"
        }
        Limit::AddressSpace => "a larger `ulimit -v`, or none",
        Limit::Data => "a larger `ulimit -d`, or none",
    }
}

/// Bytes in round words.
#[must_use]
pub fn size(bytes: u64) -> String {
    match bytes as f64 {
        b if b >= 1e9 => format!("{:.2} GB", b / 1e9),
        b if b >= 1e6 => format!("{:.0} MB", b / 1e6),
        b => format!("{:.0} kB", (b / 1e3).ceil()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::Hub;
    use crate::lm::{Checkpoint, Part};
    use crate::study::ModelChoice;

    fn device(choice: Choice, free: u64) -> Found {
        let rooms = vec![Room { limit: Limit::Device, total: 2 * free, free }];
        Found { choice, name: "a device".to_owned(), total: 2 * free, free, rooms }
    }

    #[test]
    fn what_does_not_fit_is_refused_with_a_way_out() {
        let memory = Memory { weights: 6_000_000_000, activations: 500_000_000, clean: 20_000_000, mapped: 0 };
        assert!(memory.require(Dtype::F32, &device(Choice::Cuda(0), 6_520_000_000)).is_ok());
        let tight = memory.require(Dtype::F32, &device(Choice::Cuda(0), 6_500_000_000)).unwrap_err();
        assert_eq!(tight.exit_code(), 69);
        for part in ["6.52 GB", "6.50 GB free of 13.00 GB", "bf16", "texts.max_tokens", "--device cpu"] {
            assert!(tight.to_string().contains(part), "{tight}");
        }
        // On the CPU there are no 16 bits, and a smaller batch does not help where the weights alone are too much.
        let small = memory.require(Dtype::F32, &device(Choice::Cpu, 1_000_000_000)).unwrap_err().to_string();
        assert!(!small.contains("bf16") && !small.contains("max_tokens") && small.contains("smaller model"), "{small}");
    }

    #[test]
    fn the_limit_that_binds_is_named_with_what_raises_it() {
        let memory = Memory { weights: 500_000_000, activations: 90_000_000, clean: 10_000_000, mapped: 300_000_000 };
        let group = Limit::Group("/sys/fs/cgroup/job_1/memory.max".into());
        let message = |rooms: &[(Limit, u64)]| {
            let rooms = rooms.iter().map(|(limit, free)| Room { limit: limit.clone(), total: 2 * free, free: *free });
            let rooms: Vec<Room> = rooms.collect();
            let found = Found { rooms, ..device(Choice::Cpu, 0) };
            memory.require(Dtype::F32, &found).err().map(|error| error.to_string()).unwrap_or_default()
        };
        let enough = [(Limit::Device, 600_000_000), (group.clone(), 600_000_000), (Limit::Data, 600_000_000)];
        assert_eq!(message(&enough), "");
        let of_group = message(&[(group, 590_000_000), (Limit::Device, 9_000_000_000)]);
        assert!(of_group.contains("590 MB free of 1.18 GB that /sys/fs/cgroup/job_1/memory.max allows"), "{of_group}");
        assert!(of_group.contains("--mem of Slurm") && !of_group.contains("other programs"), "{of_group}");
        // Mapped files count where address space does, and only there.
        let space = message(&[(Limit::Device, 600_000_000), (Limit::AddressSpace, 899_000_000)]);
        assert!(
            space.contains("`ulimit -v` allows") && space.contains("300 MB of address space for the files"),
            "{space}"
        );
        assert_eq!(message(&[(Limit::AddressSpace, 900_000_000)]), "");
        assert!(message(&[(Limit::Data, 1_000)]).contains("a larger `ulimit -d`"));
    }

    #[test]
    fn sixteen_bits_halve_the_weights_and_more_tokens_take_more() {
        let demo = Checkpoint::open(&ModelChoice::of("demo"), Part::Shape, &mut Hub::cache_only()).unwrap();
        let spec = demo.spec().unwrap();
        let of = |dtype, tokens| Memory::of(&spec, dtype, tokens, 64, Choice::Cuda(0));
        let (f32, f16) = (of(Dtype::F32, 512), of(Dtype::F16, 512));
        assert_eq!((f32.weights, f32.weights), (4 * spec.parameters() as u64, 2 * f16.weights));
        assert!(of(Dtype::F32, 1024).activations > f32.activations);
    }
}
