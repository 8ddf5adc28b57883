"""The two perturbations under both protocols, in PyTorch.

Protocol `notebook` is the published one, `strict` the exact one. A perturbation moves the
hidden states h [positions, hidden] of one layer; `u` is raw Gaussian noise of h's shape and
`sign` is ±1 [positions].
"""

from dataclasses import dataclass

import torch

STEPS, LIMIT = 20, 2.0  # of the published bisection


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
