"""The two perturbations under both protocols, and repair, in PyTorch.

Protocol `notebook` is the published one, `strict` the exact one. A perturbation moves the
hidden states h [positions, hidden] of one layer; `u` is raw Gaussian noise of h's shape and
`sign` is ±1 [positions]. A repair puts what the clean run had in the place of what a perturbed
run has.
"""

from dataclasses import dataclass

import torch

STEPS, LIMIT = 20, 2.0  # of the published bisection
REPAIRED = {
    "attn": ["attn"],
    "mlp": ["mlp"],
    "both": ["attn", "mlp"],
    "ln": ["ln1", "ln2"],
    "ln1": ["ln1"],
    "ln2": ["ln2"],
}


@dataclass
class Moved:
    """Perturbed hidden states, and what is reported of them."""

    hidden: torch.Tensor
    displacement: torch.Tensor  # [positions]
    m: float | None = None  # the published rotation's scalar
    unattainable: int | None = None  # positions with δ > 2‖h‖, exact rotation
    flipped: int | None = None  # positions whose direction is reversed, magnitude


def norm(x: torch.Tensor) -> torch.Tensor:
    return x.norm(dim=-1, keepdim=True)


def magnitude(h: torch.Tensor, sign: torch.Tensor, delta: float) -> Moved:
    """h' = (1 + s·δ/‖h‖)·h"""
    factor = 1 + sign[:, None] * delta / norm(h)
    moved = factor * h
    return Moved(moved, norm(moved - h)[:, 0], flipped=int((factor < 0).sum()))


def published_rotation(h: torch.Tensor, u: torch.Tensor, delta: float) -> Moved:
    """One m for all positions, so that their MEAN displacement is δ; the last m tried counts."""
    length, u = norm(h), u / norm(u)
    low, high = 0.0, LIMIT
    for _ in range(STEPS):
        m = (low + high) / 2
        turned = h / length + m * u
        moved = length * turned / norm(turned)
        displacement = norm(moved - h)[:, 0]
        low, high = (m, high) if displacement.mean() < delta else (low, m)
    return Moved(moved, displacement, m=m)


def exact_rotation(h: torch.Tensor, u: torch.Tensor, delta: float) -> Moved:
    """Every position is turned by θ = 2·asin(δ/2‖h‖), by π where δ > 2‖h‖."""
    length = norm(h)
    direction = h / length
    u = u - (u * direction).sum(-1, keepdim=True) * direction
    u = u / norm(u)
    sine = delta / (2 * length)
    angle = 2 * torch.asin(sine.clamp(max=1.0))
    moved = angle.cos() * h + angle.sin() * length * u
    return Moved(moved, norm(moved - h)[:, 0], unattainable=int((sine > 1).sum()))


class Noise:
    """The draws of one model, by the names in the noise files."""

    def __init__(self, strict: dict, notebook: dict, dtype: torch.dtype):
        def tensors(arrays: dict) -> dict:
            return {name: torch.tensor(array).to(dtype) for name, array in arrays.items()}

        self.files = {"strict": tensors(strict), "notebook": tensors(notebook)}

    def move(self, protocol, mode, delta, sequence, layer, h) -> Moved:
        draws = self.files[protocol]
        if mode == "magnitude":
            return magnitude(h, draws[f"sign_s{sequence}_l{layer}"], delta)
        if protocol == "strict":
            return exact_rotation(h, draws[f"noise_s{sequence}_l{layer}"], delta)
        return published_rotation(h, draws[f"noise_T{h.shape[0]}"], delta)


def repair(what: str, clean: dict, layers: list[int], heads: int):
    """The function (site, layer, x) that gives what replaces x, or None.

    `what` is a key of REPAIRED, in these layers, or head_L_H: head H of layer L before the output
    projection. `clean` is the clean run's [site][layer].
    """
    if what in REPAIRED:
        places = {(site, layer) for site in REPAIRED[what] for layer in layers}
        return lambda site, layer, x: clean[site][layer] if (site, layer) in places else None
    target, head = map(int, what.split("_")[1:])

    def replace(site, layer, x):
        if (site, layer) != ("z", target):
            return None
        z = x.reshape(len(x), heads, -1).clone()
        z[:, head] = clean[site][layer].reshape(z.shape)[:, head]
        return z.reshape(x.shape)

    return replace
