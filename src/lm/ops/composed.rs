//! The operations composed of the tensor library's own, for devices other than the CPU; the tests compare them with
//! the CPU's. Softmax and cross-entropy are computed in float32 whatever the weights are, as transformers does.

use super::how::{Head, Scores, angles};
use crate::error::Result;
use crate::lm::spec::{Activation, Pairs, Rotary};
use candle_core::{D, DType, Device, Tensor};

/// Logits that are made at a time; three tensors of so many float32 exist at once, see [`LOGITS_BYTES`].
const LOGITS: usize = 16 << 20;

/// Bytes that [`cross_entropy`] takes beside its inputs: the logits, what is left of them and their exponentials.
pub const LOGITS_BYTES: usize = 3 * 4 * LOGITS;

pub fn linear(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>, activation: Option<Activation>) -> Result<Tensor> {
    let mut shape = x.dims().to_vec();
    let rows = x.elem_count() / x.dim(D::Minus1)?;
    let y = x.reshape((rows, x.dim(D::Minus1)?))?.matmul(&weight.t()?)?;
    if let Some(last) = shape.last_mut() {
        *last = weight.dim(0)?;
    }
    let y = match bias {
        Some(bias) => y.broadcast_add(bias)?,
        None => y,
    };
    let y = match activation {
        Some(activation) => activate(&y, activation)?,
        None => y,
    };
    Ok(y.reshape(shape)?)
}

/// Logits `[…, vocab]` of x `[…, hidden]`.
pub fn logits(x: &Tensor, head: Head) -> Result<Tensor> {
    capped(linear(x, head.weight, head.bias, None)?, head.cap)
}

/// c·tanh(x/c) for the cap c, where there is one.
fn capped(x: Tensor, cap: Option<f32>) -> Result<Tensor> {
    Ok(match cap {
        Some(cap) => ((x / f64::from(cap))?.tanh()? * f64::from(cap))?,
        None => x,
    })
}

/// Where the weights are of a wider type than x, the norm is computed in that.
pub fn norm(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>, eps: f32) -> Result<Tensor> {
    if weight.dtype() != x.dtype() {
        return Ok(norm(&x.to_dtype(weight.dtype())?, weight, bias, eps)?.to_dtype(x.dtype())?);
    }
    Ok(match bias {
        Some(bias) => candle_nn::ops::layer_norm(x, weight, bias, eps)?,
        None => candle_nn::ops::rms_norm(x, weight, eps)?,
    })
}

/// f(x) as a tensor of its own.
pub fn activate(x: &Tensor, activation: Activation) -> Result<Tensor> {
    Ok(match activation {
        Activation::Gelu => x.gelu_erf()?,
        Activation::GeluTanh => x.gelu()?,
        Activation::Relu => x.relu()?,
        Activation::Silu => x.silu()?,
    })
}

pub fn rotate(x: &Tensor, rotary: &Rotary) -> Result<Tensor> {
    let (batch, length, heads, width) = x.dims4()?;
    let half = rotary.frequencies.len();
    let (cos, sin): (Vec<f32>, Vec<f32>) = angles(rotary, length).into_iter().unzip();
    let on_device = |values: Vec<f32>| -> Result<Tensor> {
        Ok(Tensor::from_vec(values, (1, length, 1, half), x.device())?.to_dtype(x.dtype())?)
    };
    let (cos, sin) = (on_device(cos)?, on_device(sin)?);
    let [a, b] = match rotary.pairs {
        Pairs::Halves => [x.narrow(3, 0, half)?, x.narrow(3, half, half)?],
        Pairs::Neighbours => {
            let pairs = x.narrow(3, 0, 2 * half)?.reshape((batch, length, heads, half, 2))?;
            [pairs.narrow(4, 0, 1)?.squeeze(4)?, pairs.narrow(4, 1, 1)?.squeeze(4)?]
        }
    };
    let turned_a = (a.broadcast_mul(&cos)? - b.broadcast_mul(&sin)?)?;
    let turned_b = (b.broadcast_mul(&cos)? + a.broadcast_mul(&sin)?)?;
    let mut parts = match rotary.pairs {
        Pairs::Halves => vec![turned_a, turned_b],
        Pairs::Neighbours => {
            vec![Tensor::stack(&[turned_a, turned_b], 4)?.reshape((batch, length, heads, 2 * half))?]
        }
    };
    if 2 * half < width {
        parts.push(x.narrow(3, 2 * half, width - 2 * half)?);
    }
    Ok(Tensor::cat(&parts, 3)?)
}

/// Scores `[B, heads, T, T]` in float32 of queries `[B, T, heads, d]` and keys `[B, T, kv_heads, d]`, without the mask.
pub fn attention_scores(q: &Tensor, k: &Tensor, scores: Scores) -> Result<Tensor> {
    let (q, k) = match scores.rotary {
        Some(rotary) => (super::rotate(q, rotary)?, super::rotate(k, rotary)?),
        None => (q.clone(), k.clone()),
    };
    let k = repeated(&by_head(&k)?, q.dim(2)?)?;
    let products = by_head(&q)?.matmul(&k.transpose(2, 3)?.contiguous()?)?;
    capped((products.to_dtype(DType::F32)? * f64::from(scores.scale))?, scores.cap)
}

pub fn attention_pattern(q: &Tensor, k: &Tensor, scores: Scores) -> Result<Tensor> {
    softmax(&attention_scores(q, k, scores)?, scores.window, q.dtype())
}

/// Probabilities of the type `dtype` that `scores` `[B, heads, T, T]` make over the keys that a query sees.
pub fn softmax(scores: &Tensor, window: Option<usize>, dtype: DType) -> Result<Tensor> {
    let masked = scores.broadcast_add(&mask(scores.dim(3)?, window, scores.device())?)?;
    Ok(candle_nn::ops::softmax_last_dim(&masked)?.to_dtype(dtype)?)
}

pub fn attention_mix(pattern: &Tensor, v: &Tensor) -> Result<Tensor> {
    let heads = pattern.dim(1)?;
    let v = repeated(&by_head(v)?, heads)?;
    Ok(pattern.contiguous()?.matmul(&v)?.transpose(1, 2)?.contiguous()?)
}

pub fn cross_entropy(x: &Tensor, head: Head, targets: &[u32]) -> Result<Vec<f32>> {
    let (rows, vocab) = (x.dim(0)?, head.weight.dim(0)?);
    let step = (LOGITS / vocab).max(1);
    let weight = head.weight.t()?;
    let mut losses = Vec::with_capacity(rows);
    for start in (0..rows).step_by(step) {
        let count = step.min(rows - start);
        let logits = x.narrow(0, start, count)?.matmul(&weight)?.to_dtype(DType::F32)?;
        let logits = match head.bias {
            Some(bias) => logits.broadcast_add(&bias.to_dtype(DType::F32)?)?,
            None => logits,
        };
        let logits = capped(logits, head.cap)?;
        let of = Tensor::from_slice(&targets[start..start + count], (count, 1), x.device())?;
        let target = logits.gather(&of, 1)?.squeeze(1)?;
        losses.extend((logits.log_sum_exp(D::Minus1)? - target)?.to_vec1::<f32>()?);
    }
    Ok(losses)
}

/// `[B, T, heads, d]` to `[B, heads, T, d]`.
fn by_head(x: &Tensor) -> Result<Tensor> {
    Ok(x.transpose(1, 2)?.contiguous()?)
}

/// Keys or values `[B, kv_heads, T, d]`, each repeated for the query heads that read it.
fn repeated(x: &Tensor, heads: usize) -> Result<Tensor> {
    let (batch, kv_heads, length, width) = x.dims4()?;
    let times = heads / kv_heads;
    if times == 1 {
        return Ok(x.clone());
    }
    let wide = x.unsqueeze(2)?.expand((batch, kv_heads, times, length, width))?;
    Ok(wide.reshape((batch, heads, length, width))?)
}

/// `[T, T]`: 0 where a query may look, −∞ elsewhere.
fn mask(length: usize, window: Option<usize>, device: &Device) -> Result<Tensor> {
    let window = window.unwrap_or(length);
    let seen = |query: usize, key: usize| key <= query && key + window > query;
    let value = |i: usize| if seen(i / length, i % length) { 0.0 } else { f32::NEG_INFINITY };
    let values: Vec<f32> = (0..length * length).map(value).collect();
    Ok(Tensor::from_vec(values, (length, length), device)?)
}

#[cfg(test)]
mod tests {
    use super::super as fused;
    use super::*;

    /// The fused operations run on the CPU; the composed ones run anywhere, so here both can.
    fn wave(shape: &[usize], step: f32) -> Tensor {
        let count = shape.iter().product::<usize>();
        let values: Vec<f32> = (0..count).map(|i| (i as f32 * step).sin() * 2.0).collect();
        Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
    }

    fn apart(a: &Tensor, b: &Tensor) -> f32 {
        assert_eq!(a.dims(), b.dims());
        (a - b).unwrap().abs().unwrap().flatten_all().unwrap().max(0).unwrap().to_scalar().unwrap()
    }

    #[test]
    fn agree_with_the_fused_ones() {
        let (a, b, c) = (wave(&[5, 9], 0.7), wave(&[5, 9], 0.2), wave(&[5, 9], 0.5));
        assert_eq!(apart(&(&a + &b).unwrap(), &fused::add(&a, &b).unwrap()), 0.0);
        assert_eq!(apart(&(&a * &b).unwrap(), &fused::mul(&a, &b).unwrap()), 0.0);
        assert_eq!(apart(&((&a + &b).unwrap() + &c).unwrap(), &fused::add3(&a, &b, &c).unwrap()), 0.0);
        // Whole panels of weights, parts of one, and widths that no register divides.
        for (rows, inner, out) in [(6, 40, 50), (1, 70, 300), (2, 16, 512), (200, 33, 700)] {
            let (x, weight, bias) = (wave(&[rows, inner], 0.7), wave(&[out, inner], 0.3), wave(&[out], 0.9));
            let laid_out = fused::Weight::new(weight.copy().unwrap()).unwrap();
            for bias in [None, Some(&bias)] {
                let each = [Activation::Gelu, Activation::GeluTanh, Activation::Relu, Activation::Silu].map(Some);
                for activation in each.into_iter().chain([None]) {
                    let composed = linear(&x, &weight, bias, activation).unwrap();
                    let off = apart(&composed, &fused::linear(&x, &laid_out, bias, activation).unwrap());
                    assert!(off < 2e-5, "{rows} rows, {activation:?}: {off}");
                }
            }
        }
        let (x, weight, bias) = (wave(&[3, 7, 100], 0.7), wave(&[100], 0.3), wave(&[100], 0.9));
        for bias in [None, Some(&bias)] {
            let composed = norm(&x, &weight, bias, 1e-5).unwrap();
            assert!(apart(&composed, &fused::norm(&x, &weight, bias, 1e-5).unwrap()) < 1e-5);
        }
        let q = wave(&[2, 9, 4, 8], 0.37);
        for (dims, pairs) in [(4, Pairs::Halves), (8, Pairs::Halves), (4, Pairs::Neighbours), (8, Pairs::Neighbours)] {
            let rotary = Rotary { pairs, factor: 1.5, ..Rotary::new(100.0, dims) };
            assert!(apart(&rotate(&q, &rotary).unwrap(), &fused::rotate(&q, &rotary).unwrap()) < 2e-6);
        }
        let neighbours = Rotary { pairs: Pairs::Neighbours, factor: 1.1, ..Rotary::new(100.0, 4) };
        let rotary = Rotary::new(100.0, 4);
        // Shorter and longer than a block of queries and than a register of keys, and widths that no register divides.
        for (length, width) in [(9, 8), (1, 8), (5, 20), (6, 16), (17, 32), (70, 40)] {
            let of = |heads, step| wave(&[2, length, heads, width], step);
            let (q, k, v) = (of(4, 0.37), of(2, 0.23), of(2, 0.11));
            let rotaries = [None, Some(&rotary), Some(&neighbours)].into_iter().cycle();
            let caps = [(0.4, None), (1.0, Some(2.0))].into_iter().cycle();
            let windows = [None, Some(1), Some(4), Some(9), Some(100), None];
            for (window, (rotary, (scale, cap))) in windows.into_iter().zip(rotaries.zip(caps)) {
                let scores = Scores { rotary, scale, cap, window };
                let pattern = attention_pattern(&q, &k, scores).unwrap();
                let off = apart(&pattern, &fused::attention_pattern(&q, &k, scores).unwrap());
                assert!(off < 1e-6, "{length} of {width}, {window:?}: {off}");
                let mixed = attention_mix(&pattern, &v).unwrap();
                assert!(apart(&mixed, &fused::attention_mix(&pattern, &v).unwrap()) < 2e-6);
            }
        }
        let (x, head) = (wave(&[30, 8], 0.31), wave(&[700, 8], 0.13));
        let targets: Vec<u32> = (0..30).map(|i| i * 23).collect();
        let bias = wave(&[700], 0.9);
        for head in
            [Head { weight: &head, bias: None, cap: None }, Head { weight: &head, bias: Some(&bias), cap: Some(3.0) }]
        {
            let composed = cross_entropy(&x, head, &targets).unwrap();
            let fused = fused::cross_entropy(&x, head, &targets).unwrap();
            assert!(composed.iter().zip(&fused).all(|(a, b)| (a - b).abs() < 1e-5));
        }
    }

    #[test]
    fn a_window_holds_exactly_so_many_keys() {
        let (q, k) = (wave(&[1, 7, 1, 4], 0.3), wave(&[1, 7, 1, 4], 0.2));
        let scores = Scores { rotary: None, scale: 0.5, cap: None, window: Some(3) };
        for pattern in [attention_pattern(&q, &k, scores), fused::attention_pattern(&q, &k, scores)] {
            let rows = pattern.unwrap().squeeze(0).unwrap().squeeze(0).unwrap().to_vec2::<f32>().unwrap();
            let seen: Vec<usize> = rows.iter().map(|row| row.iter().filter(|p| **p > 0.0).count()).collect();
            assert_eq!(seen, [1, 2, 3, 3, 3, 3, 3]);
            assert!(rows[5][3..=5].iter().all(|p| *p > 0.0));
        }
    }
}
