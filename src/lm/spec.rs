//! What a decoder is made of: everything in which the families differ.

use crate::error::{Error, Result};

/// The shape and the parts of a decoder-only transformer with pre-norm blocks.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::struct_excessive_bools)] // config.json's own switches
pub struct DecoderSpec {
    /// The family, by Hugging Face's `model_type`.
    pub family: &'static str,
    /// Number of blocks.
    pub layers: usize,
    /// Width of the residual stream.
    pub hidden: usize,
    /// Attention heads.
    pub heads: usize,
    /// Heads of keys and values; fewer than `heads` under grouped-query attention.
    pub kv_heads: usize,
    /// Width of a head.
    pub head_dim: usize,
    /// Width of the MLP.
    pub mlp_dim: usize,
    /// Vocabulary: rows of the embedding.
    pub vocab: usize,
    /// Longest sequence that the model was made for.
    pub max_positions: usize,
    /// Kind of normalisation.
    pub norm: Norm,
    /// Its ε.
    pub norm_eps: f64,
    /// How the two branches of a block join the stream.
    pub residual: Residual,
    /// Rotary position embedding.
    pub rotary: Rotary,
    /// The MLP's activation f.
    pub activation: Activation,
    /// Whether the MLP is down(f(gate(x)) · up(x)) rather than down(f(up(x))).
    pub gated: bool,
    /// Whether the output projection is the embedding itself.
    pub tied_head: bool,
    /// Whether the projections of attention have biases.
    pub attention_bias: bool,
    /// Whether the projections of the MLP have biases.
    pub mlp_bias: bool,
}

/// Kind of normalisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Norm {
    /// (x − mean)/sd · w + b.
    LayerNorm,
    /// x/rms · w.
    RmsNorm,
}

/// How the two branches of a block join the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Residual {
    /// x + attention(ln1(x)) + mlp(ln2(x)).
    Parallel,
    /// y = x + attention(ln1(x)), then y + mlp(ln2(y)).
    Sequential,
}

/// Rotary position embedding in the half-split form: dimension i pairs with i + dims/2.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rotary {
    /// Base of the frequencies.
    pub base: f64,
    /// The leading dimensions of a head that are rotated.
    pub dims: usize,
}

/// Activation function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// x·Φ(x), exact.
    Gelu,
    /// x·σ(x).
    Silu,
}

impl Activation {
    /// The activation that Hugging Face calls `name`.
    ///
    /// # Errors
    /// [`Error::Data`] for a name that is not supported.
    pub fn from_name(name: &str) -> Result<Self> {
        match name {
            "gelu" => Ok(Self::Gelu),
            "silu" => Ok(Self::Silu),
            _ => Err(Error::Data(format!(
                "config.json: activation \"{name}\" is not supported; supported are gelu, silu"
            ))),
        }
    }
}

impl DecoderSpec {
    /// Number of parameters, biases and norms left out: within 1 % of the exact number.
    #[must_use]
    pub fn parameters(&self) -> usize {
        let attention = self.hidden * self.head_dim * (2 * self.heads + 2 * self.kv_heads);
        let mlp = self.hidden * self.mlp_dim * if self.gated { 3 } else { 2 };
        self.layers * (attention + mlp) + if self.tied_head { 1 } else { 2 } * self.vocab * self.hidden
    }

    /// Checks that the numbers fit one another, before anything of their size is allocated.
    ///
    /// # Errors
    /// [`Error::Data`] that names the field of config.json.
    pub fn validate(&self) -> Result<()> {
        let positive = [
            ("num_hidden_layers", self.layers),
            ("hidden_size", self.hidden),
            ("num_attention_heads", self.heads),
            ("num_key_value_heads", self.kv_heads),
            ("head_dim", self.head_dim),
            ("intermediate_size", self.mlp_dim),
            ("vocab_size", self.vocab),
        ];
        for (field, value) in positive {
            if value == 0 || value > 1 << 24 {
                return Err(Error::Data(format!("config.json: {field} is {value}, which no model has")));
            }
        }
        if !self.heads.is_multiple_of(self.kv_heads) {
            return Err(Error::Data(format!(
                "config.json: num_attention_heads ({}) is not a multiple of num_key_value_heads ({})",
                self.heads, self.kv_heads
            )));
        }
        if self.rotary.dims > self.head_dim || !self.rotary.dims.is_multiple_of(2) {
            return Err(Error::Data(format!(
                "config.json: {} rotary dimensions do not fit heads of width {}",
                self.rotary.dims, self.head_dim
            )));
        }
        if !(self.norm_eps.is_finite() && self.norm_eps > 0.0 && self.rotary.base.is_finite() && self.rotary.base > 0.0)
        {
            return Err(Error::Data("config.json: the norm's epsilon and the rotary base must be positive".to_owned()));
        }
        Ok(())
    }
}
