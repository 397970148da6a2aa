"""Writes counts_and_quantiles.json: the pinball loss and the Poisson loss with their gradients, from their formulas.

    python counts_and_quantiles.py > counts_and_quantiles.json        (mpmath, NumPy, scikit-learn 1.5 or later)

Computed with 40 digits. The Poisson loss is that of PyTorch's PoissonNLLLoss(log_input=True, full=False); scikit-learn
agrees with the pinball loss.
"""

import json
import sys
import mpmath as mp
import numpy as np
from sklearn.metrics import mean_pinball_loss

mp.mp.dps = 40
rng = np.random.default_rng(16)


def case(loss, level, p, t, value, slope):
    """The mean over all n·K elements, and its gradient."""
    elements = [[(mp.mpf(a), mp.mpf(b)) for a, b in zip(*rows)] for rows in zip(p.tolist(), t.tolist())]
    total = mp.fsum(value(a, b) for row in elements for a, b in row)
    return {"loss": loss, "level": level, "predictions": p.tolist(), "targets": t.tolist(),
            "value": float(total / p.size), "gradient": [[float(slope(a, b) / p.size) for a, b in row] for row in elements]}


def quantile(q, p, t):
    def value(a, b):
        d = b - a
        return max(q * d, (q - 1) * d)
    made = case("quantile", q, p, t, value, lambda a, b: 0 if a == b else -mp.mpf(q) if a < b else 1 - mp.mpf(q))
    assert abs(made["value"] - mean_pinball_loss(t, p, alpha=q)) < 1e-14
    return made


def poisson(z, t):
    return case("poisson", 0.5, z, t, lambda a, b: mp.exp(a) - b * a, lambda a, b: mp.exp(a) - b)


numbers = [np.round(rng.normal(size=(7, 3)), 1) for _ in range(2)]
numbers[1][0] = numbers[0][0]  # equal: at the corner
z, counts = 2 * rng.normal(size=(7, 3)), rng.poisson(3.0, (7, 3)).astype(float)
json.dump({"cases": [quantile(q, *numbers) for q in [0.05, 0.5, 0.9]]
           + [poisson(z, counts), poisson(z - 20, counts * 0), poisson(z + 20, counts * 1e6 + 0.25)]}, sys.stdout)
print()
