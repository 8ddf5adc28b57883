//! `polarscope trace`: the tensors of one pass, to compare with another implementation.

use super::model::{Loaded, ModelArguments};
use crate::error::{Error, Result};
use crate::experiment::Disturbance;
use crate::figure;
use crate::intervention::{Directions, Patch};
use crate::lm::{self, DecoderSpec, MaybeTokens, Site};
use crate::runner::{self, Disturbed, Draws};
use crate::study::{Layers, Mode, Perturbation, Protocol, SpecialTokens, Study};
use candle_core::Tensor;
use clap::Args;
use safetensors::tensor::Dtype;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

/// Arguments of `trace`.
#[derive(Debug, Args)]
#[command(after_help = sites())]
pub struct Trace {
    #[command(flatten)]
    model: ModelArguments,
    #[command(flatten)]
    input: Input,
    /// Which special tokens stand around the text
    #[arg(long, value_enum, default_value = "tokenizer")]
    special_tokens: SpecialTokens,
    /// How the pass is disturbed: magnitude, angular, isotropic, or blend:DEGREES, from 0 (magnitude) to 90 (angular);
    /// not at all where it is left out
    #[arg(long, value_name = "MODE", requires = "delta")]
    perturb: Option<Mode>,
    /// The distance that every token moves
    #[arg(long, requires = "perturb", allow_negative_numbers = true)]
    delta: Option<f64>,
    /// The layers that are disturbed, such as 2-4; the middle third where they are left out
    #[arg(long, requires = "perturb")]
    layers: Option<Layers>,
    /// How the modes are made comparable
    #[arg(long, value_enum, default_value = "strict")]
    protocol: Protocol,
    /// The seed of the noise
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// What is taken from the clean pass, such as attn_out:2-4, or z.1:3 for head 1 of layer 3; may be given several
    /// times
    #[arg(long, value_name = "SITE[.HEAD]:LAYERS")]
    repair: Vec<String>,
    /// Draws to use in place of the generator's: direction.LAYER [hidden] or [positions, hidden], sign.LAYER [positions]
    #[arg(long, value_name = "FILE", requires = "perturb", conflicts_with = "direction")]
    noise: Option<PathBuf>,
    /// The direction to move towards, in place of draws: a safetensors file with a tensor "direction" [hidden] or
    /// [layers, hidden]
    #[arg(long, value_name = "FILE", requires = "perturb")]
    direction: Option<PathBuf>,
    /// Writes the clean pass too, under names that begin with "clean."
    #[arg(long)]
    clean: bool,
    /// What is written: a site of the list below, or all; of all layers where none are named; may be given several times
    #[arg(long = "site", value_name = "SITE[:LAYERS]")]
    sites: Vec<String>,
    /// The safetensors file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// The sites, with their shapes and their names in TransformerLens.
fn sites() -> String {
    let row = |site: Site| format!("  {:<12} {:<32} {}\n", site.name(), site.shape(), site.lens());
    format!("Sites, their shapes, and what TransformerLens calls them:\n{}", Site::ALL.map(row).concat())
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Input {
    /// The text
    #[arg(long, allow_hyphen_values = true)]
    text: Option<String>,
    /// Token ids, such as 1,2,3
    #[arg(long, value_delimiter = ',')]
    ids: Vec<u32>,
}

impl Trace {
    pub fn run(self) -> Result<()> {
        if self.out.exists() {
            return Err(Error::output(format!("{} exists already; name another file", self.out.display())));
        }
        if let Some(delta) = self.delta.filter(|delta| !(delta.is_finite() && *delta > 0.0)) {
            return Err(Error::usage(format!("--delta: found {delta}, expected a finite number greater than 0")));
        }
        if self.perturb == Some(Mode::Magnitude) && self.direction.is_some() {
            return Err(Error::usage("--direction: magnitude moves along the hidden state and takes none".to_owned()));
        }
        let described = self.model.describe()?;
        let spec = &described.spec;
        let ids = self.input.tokens(spec, described.tokens.clone(), self.special_tokens)?;
        let disturbance = match (self.perturb, self.delta) {
            (Some(mode), Some(delta)) => Some(Disturbed {
                disturbance: Disturbance { mode, delta, seed: self.seed },
                perturbation: Perturbation { protocol: self.protocol, ..Perturbation::default() },
                layers: self.layers.clone().unwrap_or(Layers::MiddleThird).resolve(spec.layers)?,
                study_seed: Study::default().seed,
                noise: self.noise.as_deref().map(|path| Draws::open(path, ids.len(), spec.hidden)).transpose()?,
                directions: self
                    .direction
                    .as_deref()
                    .map(|path| Directions::open(path, spec.layers, spec.hidden))
                    .transpose()?,
            }),
            _ => None,
        };
        let mut repair = Vec::new();
        for words in &self.repair {
            repair.extend(patches(words, spec)?);
        }
        let mut sites = Vec::new();
        for words in &self.sites {
            sites.extend(points(words, spec)?);
        }
        let trace = runner::Trace { ids, disturbance, repair, sites, clean: self.clean };
        let mut loaded = described.load(trace.ids.len())?;
        if let (Some(path), Some(disturbed)) = (&self.noise, &trace.disturbance) {
            loaded.model.remarks.extend(unused(path, disturbed));
        }
        let tensors = trace.run(&loaded.model.decoder)?;
        let bytes = serialized(&tensors, &trace.ids, &loaded)?;
        figure::write_new(&self.out, &bytes)?;
        let mut text = format!("{} tensors in {}\n", tensors.len(), self.out.display());
        for remark in &loaded.model.remarks {
            text += &format!("remark: {remark}\n");
        }
        super::print(&text)
    }
}

impl Input {
    /// The token ids, which the model has to have.
    fn tokens(&self, spec: &DecoderSpec, tokens: MaybeTokens, special: SpecialTokens) -> Result<Vec<u32>> {
        let ids = match &self.text {
            Some(text) => lm::required(tokens)?.encode(text, special, usize::MAX)?,
            None => self.ids.clone(),
        };
        if let Some(id) = ids.iter().find(|id| **id as usize >= spec.vocab) {
            return Err(Error::usage(format!("--ids: {id} is outside the model's vocabulary of {}", spec.vocab)));
        }
        if ids.len() < 2 || ids.len() > spec.max_positions {
            return Err(Error::usage(format!(
                "the sequence has {} token{}; expected 2 to {}",
                ids.len(),
                if ids.len() == 1 { "" } else { "s" },
                spec.max_positions
            )));
        }
        Ok(ids)
    }
}

/// A remark on the draws in the file at `path` that the pass does not use.
fn unused(path: &Path, disturbed: &Disturbed) -> Option<String> {
    let unused = disturbed.unused();
    let (mode, layers) = (disturbed.disturbance.mode, Layers::these(disturbed.layers.clone()).ok()?);
    (!unused.is_empty())
        .then(|| format!("{}: not used under {mode} in layers {layers}: {}", path.display(), unused.join(", ")))
}

/// The points that `SITE[:LAYERS]` names.
fn points(words: &str, spec: &DecoderSpec) -> Result<Vec<(Site, usize)>> {
    let (name, layers) = match words.split_once(':') {
        Some((name, layers)) => (name, Some(layers)),
        None => (words, None),
    };
    let sites = if name == "all" {
        Site::ALL.into_iter().filter(|site| spec.has(*site)).collect()
    } else {
        let site: Site = name.parse()?;
        spec.require(site)?;
        vec![site]
    };
    let mut points = Vec::new();
    for site in sites {
        match layers {
            Some(_) if name != "all" && !site.is_of_a_layer() => {
                return Err(Error::usage(format!("\"{words}\": the model has one {name}, not one for each layer")));
            }
            _ if !site.is_of_a_layer() => points.push((site, 0)),
            Some(layers) => {
                let layers = layers.parse::<Layers>()?.resolve(spec.layers)?;
                points.extend(layers.into_iter().map(|layer| (site, layer)));
            }
            None => points.extend((0..spec.layers).map(|layer| (site, layer))),
        }
    }
    Ok(points)
}

/// What `SITE[.HEAD]:LAYERS` repairs.
fn patches(words: &str, spec: &DecoderSpec) -> Result<Vec<Patch>> {
    let Some((name, layers)) = words.split_once(':') else {
        return Err(Error::usage(format!("--repair {words}: expected SITE:LAYERS, such as attn_out:2-4")));
    };
    let (name, head) = match name.split_once('.') {
        Some((name, head)) => {
            let head = head.parse::<usize>();
            (name, Some(head.map_err(|_| Error::usage(format!("--repair {words}: a head is a number, as in z.1:3")))?))
        }
        None => (name, None),
    };
    let points = points(&format!("{name}:{layers}"), spec)?;
    for (site, _) in &points {
        let heads = match site {
            Site::K | Site::V => spec.kv_heads,
            _ => spec.heads,
        };
        match head {
            Some(_) if site.head_dimension().is_none() => {
                return Err(Error::usage(format!("--repair {words}: {} is not made of heads", site.name())));
            }
            Some(head) if head >= heads => {
                return Err(Error::usage(format!(
                    "--repair {words}: {} has the heads 0 to {}",
                    site.name(),
                    heads - 1
                )));
            }
            _ => {}
        }
    }
    Ok(points.into_iter().map(|(site, layer)| Patch::new(site, layer, head)).collect())
}

/// A safetensors file with the tensors, and with what they are of.
fn serialized(tensors: &HashMap<String, Tensor>, ids: &[u32], loaded: &Loaded) -> Result<Vec<u8>> {
    let mut bytes = BTreeMap::new();
    for (name, tensor) in tensors {
        let values = tensor.flatten_all()?.to_vec1::<f32>()?;
        bytes.insert(name, (tensor.dims().to_vec(), values.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>()));
    }
    let broken =
        |error: safetensors::SafeTensorError| Error::internal(format!("the tensors cannot be written: {error}"));
    let mut views = Vec::new();
    for (name, (shape, bytes)) in &bytes {
        views.push((name, safetensors::tensor::TensorView::new(Dtype::F32, shape.clone(), bytes).map_err(broken)?));
    }
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut about = HashMap::from([
        ("format".to_owned(), "pt".to_owned()),
        ("polarscope".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
        ("model".to_owned(), loaded.choice.id.clone()),
        ("ids".to_owned(), ids.join(",")),
        ("arguments".to_owned(), arguments.join(" ")),
    ]);
    let numbered = loaded.model.remarks.iter().zip(1..);
    about.extend(numbered.map(|(remark, number)| (format!("remark {number}"), remark.clone())));
    safetensors::serialize(views, Some(about)).map_err(broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_lists_every_site_with_its_shape_and_its_name_elsewhere() {
        let readme = include_str!("../../README.md");
        for site in Site::ALL {
            let row = format!("| `{}` | `{}` | `{}` |", site.name(), site.shape(), site.lens());
            let row = if site == Site::Logits { row.replace(&format!("`{}`", site.lens()), site.lens()) } else { row };
            assert!(readme.contains(&row), "{row}");
        }
    }
}
