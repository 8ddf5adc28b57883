//! How families read parameters by name: what is missing is listed together, and what nobody asks for is judged.

use super::{Family, leftover};
use crate::error::{Error, Result};
use crate::lm::checkpoint::{Checkpoint, Target, listed};
use crate::lm::decoder::{Linear, NormWeights, Weights};
use crate::lm::spec::{DecoderSpec, Norm};
use candle_core::{DType, Device, Tensor};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;

/// Reads parameters by name, and remembers which.
pub struct Reader<'a> {
    family: &'static Family,
    checkpoint: &'a Checkpoint,
    /// Where tensors go; none where only their names are asked for, to see that all of them are there.
    target: Option<&'a Target>,
    asked: RefCell<BTreeSet<String>>,
    missing: RefCell<Vec<String>>,
    remarks: RefCell<Vec<String>>,
}

impl<'a> Reader<'a> {
    fn new(family: &'static Family, checkpoint: &'a Checkpoint, target: Option<&'a Target>) -> Self {
        let (asked, missing, remarks) = (RefCell::default(), RefCell::default(), RefCell::default());
        Self { family, checkpoint, target, asked, missing, remarks }
    }

    /// The weights of a model of the shape `spec`, and remarks on what is in the files and left out.
    ///
    /// # Errors
    /// [`Error::data`] where tensors are missing, of the wrong shape, unreadable, or there twice and different, and where
    /// the weights are quantized.
    pub fn read(
        family: &'static Family,
        spec: &DecoderSpec,
        checkpoint: &'a Checkpoint,
        target: &'a Target,
    ) -> Result<(Weights, Vec<String>)> {
        leftover::check_not_quantized(checkpoint)?;
        let names = checkpoint.names();
        if spec.layers > names.len() {
            return Err(Error::data(format!(
                "{}: {} asks for {} layers, and the files hold {} tensors in all",
                checkpoint.origin,
                checkpoint.config.name(),
                spec.layers,
                names.len()
            )));
        }
        let absent = Self::new(family, checkpoint, None);
        (family.weights)(&pocket_sized(spec), &absent)?;
        absent.require_all(&names)?;
        let reader = Self::new(family, checkpoint, Some(target));
        let weights = (family.weights)(spec, &reader)?;
        let mut remarks = reader.remarks.into_inner();
        let asked = reader.asked.into_inner();
        let left = names.into_iter().filter(|name| !asked.contains(name)).collect();
        remarks.extend(leftover::remarks(checkpoint, spec, left));
        Ok((weights, remarks))
    }

    /// The tensor `name`. One that is missing is noted, for all of them to be listed together.
    pub fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        let found = self.find(name)?;
        let Some(target) = self.target else {
            if found.is_none() {
                self.missing.borrow_mut().push(name.to_owned());
            }
            return Ok(Tensor::zeros(shape, DType::F32, &Device::Cpu)?);
        };
        let name = found.as_deref().unwrap_or(name);
        let tensor = self.checkpoint.tensor(name, shape, target)?;
        Ok(tensor)
    }

    /// The name of the tensor `name` in the files, see [`Family::names_of`].
    ///
    /// # Errors
    /// [`Error::data`] where it is there under several names and they differ.
    fn find(&self, name: &str) -> Result<Option<String>> {
        let names = self.family.names_of(name);
        self.one_of(&names.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// The first of `names` that the files have. What they have under several is one tensor, or is refused.
    fn one_of(&self, names: &[&str]) -> Result<Option<String>> {
        let found = one_of(self.checkpoint, names)?;
        let there = names.iter().filter(|name| self.checkpoint.has(name));
        self.asked.borrow_mut().extend(there.map(|name| (*name).to_owned()));
        Ok(found)
    }

    /// `{name}.weight` `[out, in]`, and `{name}.bias` `[out]` where `bias` says so.
    pub fn linear(&self, name: &str, out: usize, input: usize, bias: bool) -> Result<Linear> {
        let weight = self.tensor(&format!("{name}.weight"), &[out, input])?;
        let bias = bias.then(|| self.tensor(&format!("{name}.bias"), &[out])).transpose()?;
        Linear::new(weight, bias)
    }

    /// Projections to these numbers of outputs that stand one after the other in `{name}.weight`, without biases.
    pub fn together<const N: usize>(&self, name: &str, outs: [usize; N], input: usize) -> Result<[Linear; N]> {
        let weight = self.tensor(&format!("{name}.weight"), &[outs.iter().sum(), input])?;
        let mut start = 0;
        let mut parts = Vec::with_capacity(N);
        for out in outs {
            parts.push(Linear::new(weight.narrow(0, start, out)?, None)?);
            start += out;
        }
        let wrong = |_| Error::internal(format!("{name} was not cut into {N}"));
        parts.try_into().map_err(wrong)
    }

    /// `{name}.weight` and, of a LayerNorm, `{name}.bias`, both `[hidden]`.
    pub fn norm(&self, name: &str, spec: &DecoderSpec) -> Result<NormWeights> {
        self.norm_of(name, spec.norm, spec.hidden)
    }

    /// The same of a norm of the kind `norm` over `width` numbers. Of weights that 1 is added to, the sums are float32.
    pub fn norm_of(&self, name: &str, norm: Norm, width: usize) -> Result<NormWeights> {
        let weight = self.tensor(&format!("{name}.weight"), &[width])?;
        Ok(match norm {
            Norm::LayerNorm => NormWeights { weight, bias: Some(self.tensor(&format!("{name}.bias"), &[width])?) },
            Norm::RmsNorm => NormWeights { weight, bias: None },
            Norm::RmsNormPlusOne => NormWeights { weight: (weight.to_dtype(DType::F32)? + 1.0)?, bias: None },
        })
    }

    /// The embedding and the output projection, both `[vocab, embed_dim]`. Where they are tied, either of them may be in the
    /// files, or both with the same numbers.
    pub fn ends(&self, spec: &DecoderSpec) -> Result<[Tensor; 2]> {
        let shape = [spec.vocab, spec.embed_dim.unwrap_or(spec.hidden)];
        let head = self.one_of(self.family.heads)?;
        if spec.tied_head {
            let name = match (self.find(self.family.embed)?, head) {
                (None, Some(head)) => head,
                _ => self.family.embed.to_owned(),
            };
            let embed = self.tensor(&name, &shape)?;
            return Ok([embed.clone(), embed]);
        }
        let head = head.unwrap_or_else(|| self.family.heads[0].to_owned());
        if (self.family.spec)(&self.checkpoint.config)?.tied_head {
            let silent = self.checkpoint.config.is_absent("tie_word_embeddings");
            self.remarks.borrow_mut().push(format!(
                "{}, but {head} is in the files and differs from {}; it is used as the head",
                if silent {
                    "the head is the embedding where config.json does not say otherwise"
                } else {
                    "config.json ties the head to the embedding"
                },
                self.family.embed
            ));
        }
        Ok([self.tensor(self.family.embed, &shape)?, self.tensor(&head, &shape)?])
    }

    fn require_all(&self, names: &[String]) -> Result<()> {
        let missing = self.missing.borrow();
        let Some(first) = missing.first() else { return Ok(()) };
        let count = if missing.len() == 1 { "a tensor".to_owned() } else { format!("{} tensors", missing.len()) };
        let are = if missing.len() == 1 { "is" } else { "are" };
        let mut message = format!(
            "{}: {count} that {} asks for {are} missing: {}",
            self.checkpoint.origin,
            self.checkpoint.config.name(),
            listed(&missing)
        );
        // What wraps a model in another puts its own name before the names of all tensors.
        let wrapped =
            names.iter().find_map(|name| name.strip_suffix(first.as_str()).filter(|before| before.ends_with('.')));
        if let Some(prefix) = wrapped {
            let path = self.checkpoint.weight_file().unwrap_or(Path::new("model.safetensors"));
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            let mended = format!("{{name.removeprefix({prefix:.100?}): tensor for name, tensor in state.items()}}");
            let line = if path.extension().is_some_and(|end| end == "bin") {
                format!("import torch; state = torch.load({file:?}, weights_only=True); torch.save({mended}, {file:?})")
            } else {
                format!(
                    "from safetensors.torch import load_file, save_file; state = load_file({file:?}); save_file({mended}, \
                     {file:?})"
                )
            };
            message += &format!(". There are such names after {prefix:.100?}; mend the file in Python: {line}");
        }
        Err(Error::data(message))
    }
}

/// The first of `names` that the files of `checkpoint` have.
///
/// # Errors
/// [`Error::data`] where they have several, which differ.
fn one_of(checkpoint: &Checkpoint, names: &[&str]) -> Result<Option<String>> {
    let mut there = names.iter().filter(|name| checkpoint.has(name));
    let Some(first) = there.next() else { return Ok(None) };
    for other in there {
        if !checkpoint.same(first, other)? {
            return Err(Error::data(format!(
                "{}: {first} and {other} are two names of one tensor, and the files have both with different numbers; \
                 remove the one that does not belong to the model",
                checkpoint.origin
            )));
        }
    }
    Ok(Some((*first).to_owned()))
}

/// Whether the files hold a head that differs from the embedding, as far as they are on this machine.
pub fn has_own_head(family: &Family, checkpoint: &Checkpoint) -> Result<bool> {
    let names = family.names_of(family.embed);
    let embed = one_of(checkpoint, &names.iter().map(String::as_str).collect::<Vec<_>>())?;
    match (embed, one_of(checkpoint, family.heads)?) {
        (Some(embed), Some(head)) => Ok(!checkpoint.same(&embed, &head)?),
        _ => Ok(false),
    }
}

/// A shape of the same parameters, each as small as can be.
fn pocket_sized(spec: &DecoderSpec) -> DecoderSpec {
    DecoderSpec {
        hidden: 1,
        embed_dim: spec.embed_dim.map(|_| 1),
        heads: 1,
        kv_heads: 1,
        head_dim: 1,
        mlp_dim: 1,
        vocab: 1,
        max_positions: 1,
        ..spec.clone()
    }
}
