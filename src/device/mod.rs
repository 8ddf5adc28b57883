//! Where to compute: the CPU, or an NVIDIA card in a build with the feature `cuda`.

#[cfg(feature = "cuda")]
mod cuda;
mod limits;

pub use limits::{Limit, Room};

use crate::error::{Error, Result};
use candle_core::Device;
use std::fmt;
use std::str::FromStr;

/// A device that a user asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Choice {
    /// The first CUDA device, else the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// The CUDA device of this number.
    Cuda(usize),
}

/// A device of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What asks for it.
    pub choice: Choice,
    /// What its maker calls it, such as `NVIDIA H200`; for the CPU, its threads.
    pub name: String,
    /// Bytes of memory that it has, or that the tightest of `rooms` allows.
    pub total: u64,
    /// Bytes that are free now.
    pub free: u64,
    /// Every bound on its memory, the tightest first.
    pub rooms: Vec<Room>,
}

/// A device that is ready to compute on.
pub struct Opened {
    /// What the tensor library calls it.
    pub device: Device,
    /// What it is.
    pub found: Found,
    /// (key, value) for the provenance of a study file: the device, its driver, its precision switches.
    pub provenance: Vec<(String, String)>,
}

/// The devices of this machine, the CPU first.
#[must_use]
pub fn list() -> Vec<Found> {
    #[cfg(feature = "cuda")]
    let cards = cuda::list();
    #[cfg(not(feature = "cuda"))]
    let cards = Vec::new();
    std::iter::once(cpu()).chain(cards).collect()
}

impl Choice {
    /// Of `devices`, the CPU first, the one that is meant.
    #[must_use]
    pub fn among(self, devices: &[Found]) -> Option<&Found> {
        match self {
            Self::Auto => devices.iter().find(|found| found.choice != Self::Cpu).or(devices.first()),
            _ => devices.iter().find(|found| found.choice == self),
        }
    }

    /// The device that is meant, ready to compute on.
    ///
    /// # Errors
    /// [`Error::unavailable`] where it is not there, or this build does not know of CUDA; the message says which.
    pub fn open(self) -> Result<Opened> {
        let devices = list();
        let found = self.among(&devices).ok_or_else(|| self.is_not_among(&devices))?.clone();
        match found.choice {
            #[cfg(feature = "cuda")]
            Self::Cuda(ordinal) => cuda::open(ordinal, found),
            _ => Ok(Opened { device: Device::Cpu, found, provenance: vec![("device".to_owned(), "cpu".to_owned())] }),
        }
    }

    fn is_not_among(self, devices: &[Found]) -> Error {
        if cfg!(not(feature = "cuda")) {
            return Error::unavailable(format!(
                "device {self}: this build of polarscope computes on the CPU only; the CUDA build is made with \
                 --features cuda (see README)"
            ));
        }
        let shown: Vec<String> = devices.iter().map(|found| format!("{} ({})", found.choice, found.name)).collect();
        Error::unavailable(format!("device {self}: this machine has {}", shown.join(", ")))
    }
}

impl FromStr for Choice {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let ordinal = text.strip_prefix("cuda:").and_then(|number| number.parse().ok());
        match (text, ordinal) {
            ("auto", _) => Ok(Self::Auto),
            ("cpu", _) => Ok(Self::Cpu),
            ("cuda", _) => Ok(Self::Cuda(0)),
            (_, Some(ordinal)) => Ok(Self::Cuda(ordinal)),
            _ => Err(Error::usage(format!("device \"{text}\": expected auto, cpu, or cuda:N such as cuda:0"))),
        }
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(ordinal) => write!(f, "cuda:{ordinal}"),
        }
    }
}

/// The CPU, with the memory that this process may have: limits of control groups and of the shell count.
fn cpu() -> Found {
    let rooms = limits::rooms();
    let (total, free) = rooms.first().map_or((0, 0), |room| (room.total, room.free));
    let threads = rayon::current_num_threads();
    let name = format!("CPU, {threads} thread{}", if threads == 1 { "" } else { "s" });
    Found { choice: Choice::Cpu, name, total, free, rooms }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_survives_its_own_words() {
        for choice in [Choice::Auto, Choice::Cpu, Choice::Cuda(0), Choice::Cuda(3)] {
            assert_eq!(choice.to_string().parse::<Choice>().unwrap(), choice);
        }
        let message = "gpu".parse::<Choice>().unwrap_err().to_string();
        assert!(message.contains("\"gpu\"") && message.contains("cuda:N"), "{message}");
    }

    #[test]
    fn auto_takes_a_card_where_there_is_one() {
        let cpu = cpu();
        let card = Found { choice: Choice::Cuda(0), name: "a card".to_owned(), ..cpu.clone() };
        let both = [cpu.clone(), card.clone()];
        assert_eq!(Choice::Auto.among(&both), Some(&card));
        assert_eq!(Choice::Cpu.among(&both), Some(&cpu));
        assert_eq!(Choice::Auto.among(&both[..1]), Some(&cpu));
        assert_eq!(Choice::Cuda(1).among(&both), None);
    }

    #[test]
    fn the_cpu_is_there_and_has_memory() {
        let cpu = &list()[0];
        assert_eq!(cpu.choice, Choice::Cpu);
        assert!(cpu.total > 1 << 28 && cpu.free > 0 && cpu.free <= cpu.total);
    }

    #[cfg(not(feature = "cuda"))]
    #[test]
    fn a_build_for_the_cpu_says_so() {
        assert!(Choice::Auto.open().unwrap().device.is_cpu());
        let error = Choice::Cuda(0).open().err().unwrap();
        assert!(error.exit_code() == 69 && error.to_string().contains("--features cuda"), "{error}");
    }
}
