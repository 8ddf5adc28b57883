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
    /// How the model knows positions.
    pub positions: Positions,
    /// Sliding windows by layer: how many keys a query sees, itself included; none where it sees all before it.
    pub windows: Vec<Option<usize>>,
    /// The MLP's activation f.
    pub activation: Activation,
    /// Whether the MLP is down(f(gate(x)) · up(x)) rather than down(f(up(x))).
    pub gated: bool,
    /// Whether the output projection is the embedding itself.
    pub tied_head: bool,
    /// Whether queries, keys and values have biases.
    pub qkv_bias: bool,
    /// Whether the output projection of attention has a bias.
    pub out_bias: bool,
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

/// How a model knows positions.
#[derive(Debug, Clone, PartialEq)]
pub enum Positions {
    /// By turning queries and keys.
    Rotary(Rotary),
    /// By an embedding that is added to that of the token.
    Learned {
        /// The row of the first position.
        offset: usize,
    },
}

/// Rotary position embedding in the half-split form: dimension i pairs with i + n, where n is the number of pairs;
/// dimensions beyond 2n are left alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Rotary {
    /// By how much each pair turns from one position to the next, radians.
    pub frequencies: Vec<f32>,
}

impl Rotary {
    /// Frequencies base^(−2i/dims) for the leading `dims` dimensions of a head, rounded to float32 as the references
    /// have them.
    #[must_use]
    #[allow(clippy::cast_possible_truncation)]
    pub fn new(base: f64, dims: usize) -> Self {
        let frequency = |i: usize| base.powf(-2.0 * i as f64 / dims as f64) as f32;
        Self { frequencies: (0..dims / 2).map(frequency).collect() }
    }
}

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

impl DecoderSpec {
    /// Number of parameters; a tied head counts once.
    #[must_use]
    pub fn parameters(&self) -> usize {
        let Self { hidden, mlp_dim, .. } = *self;
        let (query_dim, key_dim) = (self.heads * self.head_dim, self.kv_heads * self.head_dim);
        let attention = 2 * hidden * (query_dim + key_dim);
        let attention_biases =
            usize::from(self.qkv_bias) * (query_dim + 2 * key_dim) + usize::from(self.out_bias) * hidden;
        let ups = if self.gated { 2 } else { 1 };
        let mlp = (ups + 1) * hidden * mlp_dim + usize::from(self.mlp_bias) * (ups * mlp_dim + hidden);
        let norm = hidden * if self.norm == Norm::LayerNorm { 2 } else { 1 };
        let embeddings = if self.tied_head { 1 } else { 2 } * self.vocab * hidden;
        let positions = match self.positions {
            Positions::Rotary(_) => 0,
            Positions::Learned { offset } => (self.max_positions + offset) * hidden,
        };
        self.layers * (attention + attention_biases + mlp + 2 * norm) + norm + embeddings + positions
    }

    /// Checks that the numbers fit one another, before anything of their size is allocated.
    ///
    /// # Errors
    /// [`Error::data`] that names the field of config.json.
    pub fn validate(&self) -> Result<()> {
        let positive = [
            ("num_hidden_layers", self.layers),
            ("hidden_size", self.hidden),
            ("num_attention_heads", self.heads),
            ("num_key_value_heads", self.kv_heads),
            ("head_dim", self.head_dim),
            ("intermediate_size", self.mlp_dim),
            ("vocab_size", self.vocab),
            ("max_position_embeddings", self.max_positions),
        ];
        for (field, value) in positive {
            if value == 0 {
                return Err(Error::data(format!("config.json: {field} is 0, which no model has")));
            }
        }
        // Beyond this, products of these numbers would no longer be numbers of bytes.
        let widest = (self.hidden + self.vocab) as f64 * (self.heads * self.head_dim + self.mlp_dim) as f64;
        if widest * self.layers as f64 > 1e16 {
            return Err(Error::data(
                "config.json: its numbers together ask for more weights than any model has".to_owned(),
            ));
        }
        if !self.heads.is_multiple_of(self.kv_heads) {
            return Err(Error::data(format!(
                "config.json: num_attention_heads ({}) is not a multiple of num_key_value_heads ({})",
                self.heads, self.kv_heads
            )));
        }
        if let Positions::Rotary(rotary) = &self.positions {
            let dims = 2 * rotary.frequencies.len();
            if dims > self.head_dim {
                return Err(Error::data(format!(
                    "config.json: {dims} rotary dimensions do not fit heads of width {}",
                    self.head_dim
                )));
            }
            if !rotary.frequencies.iter().all(|frequency| frequency.is_finite() && *frequency > 0.0) {
                return Err(Error::data("config.json: the rotary base and its scaling must be positive".to_owned()));
            }
        }
        if self.windows.contains(&Some(0)) {
            return Err(Error::data("config.json: sliding_window is 0; a query sees at least itself".to_owned()));
        }
        if !(self.norm_eps.is_finite() && self.norm_eps > 0.0) {
            return Err(Error::data("config.json: the norm's epsilon must be positive".to_owned()));
        }
        Ok(())
    }
}
