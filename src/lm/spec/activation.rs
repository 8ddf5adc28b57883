//! Activation functions by their names.

use crate::error::{Error, Result};

/// Activation function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// x·Φ(x), exact.
    Gelu,
    /// Its approximation by a hyperbolic tangent: x·σ(2·√(2/π)·(x + 0.044715·x³)).
    GeluTanh,
    /// max(x, 0).
    Relu,
    /// x·σ(x).
    Silu,
}

impl Activation {
    /// What Hugging Face calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Gelu => "gelu",
            Self::GeluTanh => "gelu_new",
            Self::Relu => "relu",
            Self::Silu => "silu",
        }
    }

    /// The activation that Hugging Face calls `name`.
    ///
    /// # Errors
    /// [`Error::data`] for a name that is not supported.
    pub fn from_name(name: &str) -> Result<Self> {
        match name {
            "gelu" | "gelu_python" => Ok(Self::Gelu),
            "gelu_new" | "gelu_fast" | "gelu_pytorch_tanh" => Ok(Self::GeluTanh),
            "relu" => Ok(Self::Relu),
            "silu" | "swish" => Ok(Self::Silu),
            _ => Err(Error::data(format!(
                "config.json: activation \"{name}\" is not supported; supported are gelu, gelu_new, gelu_fast, \
                 gelu_pytorch_tanh, relu, silu"
            ))),
        }
    }
}
