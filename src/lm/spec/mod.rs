//! What a decoder is made of: everything in which the families differ.

mod activation;
mod positions;

pub use activation::Activation;
pub use positions::{Pairs, Positions, Rotary};

use crate::error::{Error, Result};
use crate::lm::hooks::Site;

/// The shape and the parts of a decoder-only transformer.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::struct_excessive_bools)] // config.json's own switches
pub struct DecoderSpec {
    /// The family, by Hugging Face's `model_type`.
    pub family: &'static str,
    /// Number of blocks.
    pub layers: usize,
    /// Width of the residual stream.
    pub hidden: usize,
    /// Width of the embeddings and of what the head reads, where it is another one, from and to which they are projected.
    pub embed_dim: Option<usize>,
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
    /// Where the norms of a block stand.
    pub norms: Norms,
    /// Whether the stream is normed after the last block.
    pub final_norm: bool,
    /// Norms of queries and keys, where there are any.
    pub qk_norm: Option<QkNorm>,
    /// How the two branches of a block join the stream.
    pub residual: Residual,
    /// How the model knows positions.
    pub positions: Positions,
    /// Sliding windows by layer: how many keys a query sees, itself included; none where it sees all before it.
    pub windows: Vec<Option<usize>>,
    /// By layer, what q·k is multiplied by to make a score.
    pub score_scales: Vec<f32>,
    /// c of the soft cap c·tanh(score/c), where there is one.
    pub score_cap: Option<f32>,
    /// The same of the logits.
    pub logit_cap: Option<f32>,
    /// What embeddings are multiplied by, where they are.
    pub embed_scale: Option<f32>,
    /// The MLP's activation f.
    pub activation: Activation,
    /// Whether the MLP is down(f(gate(x)) · up(x)) rather than down(f(up(x))).
    pub gated: bool,
    /// Whether the output projection is the embedding itself.
    pub tied_head: bool,
    /// Whether the output projection has a bias.
    pub head_bias: bool,
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
    /// x/rms · (1 + w), computed in float32 whatever the weights are.
    RmsNormPlusOne,
}

/// Where the norms of a block stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Norms {
    /// One before each branch.
    Before,
    /// One for both branches, which read the same.
    Shared,
    /// One before and one after each branch.
    Around,
    /// One after each branch; what branches read is the stream itself.
    After,
    /// One of the stream after each branch was added to it; branches read the stream as well.
    OfStream,
}

/// Norms of queries and keys, before they are turned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QkNorm {
    /// Of each head, with the weights of one for all.
    Heads,
    /// Of each head, with weights of its own; LayerNorm without a bias.
    EachHead,
    /// Of all heads together.
    Whole,
}

/// How the two branches of a block join the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Residual {
    /// x + attention(x) + mlp(x), each behind its norms.
    Parallel,
    /// y = x + attention(x), then y + mlp(y), each behind its norms.
    Sequential,
}

impl DecoderSpec {
    /// What most families have, to be completed: blocks of pre-norm LayerNorm and a sequential residual, heads of width
    /// `head_dim` whose scores are q·k/√d, no windows, caps or biases, and a head of its own. Numbers that have to be
    /// given are 0, which [`DecoderSpec::validate`] refuses.
    #[must_use]
    pub fn usual(layers: usize, head_dim: usize) -> Self {
        Self {
            family: "",
            layers,
            hidden: 0,
            embed_dim: None,
            heads: 0,
            kv_heads: 0,
            head_dim,
            mlp_dim: 0,
            vocab: 0,
            max_positions: 0,
            norm: Norm::LayerNorm,
            norm_eps: 1e-5,
            norms: Norms::Before,
            final_norm: true,
            qk_norm: None,
            residual: Residual::Sequential,
            positions: Positions::Learned { offset: 0 },
            windows: vec![None; layers],
            score_scales: vec![1.0 / (head_dim as f32).sqrt(); layers],
            score_cap: None,
            logit_cap: None,
            embed_scale: None,
            activation: Activation::Gelu,
            gated: false,
            tied_head: false,
            head_bias: false,
            qkv_bias: false,
            out_bias: false,
            mlp_bias: false,
        }
    }

    /// The rotary embedding of a layer; none where positions are learned.
    #[must_use]
    pub fn rotary(&self, layer: usize) -> Option<&Rotary> {
        match &self.positions {
            Positions::Rotary(rotary) => Some(rotary),
            Positions::RotaryByWindow { sliding, .. } if self.windows[layer].is_some() => Some(sliding),
            Positions::RotaryByWindow { full, .. } => Some(full),
            Positions::Learned { .. } => None,
        }
    }

    /// Whether the model has `site`.
    #[must_use]
    pub fn has(&self, site: Site) -> bool {
        match site {
            Site::Ln1 | Site::Ln2 => !matches!(self.norms, Norms::After | Norms::OfStream),
            Site::LnFinal => self.final_norm,
            Site::Ln1Post | Site::Ln2Post => matches!(self.norms, Norms::Around | Norms::After),
            Site::ResidMid => self.residual == Residual::Sequential,
            _ => true,
        }
    }

    /// Refuses a site that the model does not have.
    ///
    /// # Errors
    /// [`Error::usage`] that says why it has none.
    pub fn require(&self, site: Site) -> Result<()> {
        if self.has(site) {
            return Ok(());
        }
        let why = match site {
            Site::ResidMid => "has attention and MLP beside each other, both of which read resid_pre",
            Site::LnFinal => "has no norm after its last block",
            _ if self.norms == Norms::OfStream => {
                "has its norms in the residual stream itself, where resid_mid and resid_post are their outputs"
            }
            Site::Ln1 | Site::Ln2 => {
                "has no norms before attention and MLP, which read the residual stream itself; those after them are ln1_post \
                 and ln2_post"
            }
            _ => "has no norms after attention and MLP; those before them are ln1 and ln2",
        };
        Err(Error::usage(format!("there is no {}: this {} model {why}", site.name(), self.family)))
    }

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
        let of_norm = |width: usize| width * if self.norm == Norm::LayerNorm { 2 } else { 1 };
        let norms = match self.norms {
            Norms::Before | Norms::After | Norms::OfStream => 2,
            Norms::Shared => 1,
            Norms::Around => 4,
        };
        let qk_norms = match self.qk_norm {
            None => 0,
            Some(QkNorm::Heads) => 2 * of_norm(self.head_dim),
            Some(QkNorm::EachHead) => query_dim + key_dim,
            Some(QkNorm::Whole) => of_norm(query_dim) + of_norm(key_dim),
        };
        let embed_dim = self.embed_dim.unwrap_or(hidden);
        let embeddings = if self.tied_head { 1 } else { 2 } * self.vocab * embed_dim;
        let projections = self.embed_dim.map_or(0, |width| 2 * width * hidden);
        let head_bias = usize::from(self.head_bias) * self.vocab;
        let positions = match self.positions {
            Positions::Rotary(_) | Positions::RotaryByWindow { .. } => 0,
            Positions::Learned { offset } => (self.max_positions + offset) * hidden,
        };
        self.layers * (attention + attention_biases + mlp + norms * of_norm(hidden) + qk_norms)
            + usize::from(self.final_norm) * of_norm(hidden)
            + embeddings
            + projections
            + head_bias
            + positions
    }

    /// Checks that the numbers fit one another, before anything of their size is allocated.
    ///
    /// # Errors
    /// [`Error::data`] that names the field of config.json.
    pub fn validate(&self) -> Result<()> {
        let positive = [
            ("num_hidden_layers", self.layers),
            ("hidden_size", self.hidden),
            ("word_embed_proj_dim", self.embed_dim.unwrap_or(self.hidden)),
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
        for rotary in self.positions.rotaries() {
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
        let positive = |number: &f32| number.is_finite() && *number > 0.0;
        if !self
            .score_scales
            .iter()
            .chain(&self.score_cap)
            .chain(&self.logit_cap)
            .chain(&self.embed_scale)
            .all(positive)
        {
            return Err(Error::data(
                "config.json: scales and caps of scores, logits and embeddings must be positive numbers".to_owned(),
            ));
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
