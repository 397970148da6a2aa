"""Writes class_weights.json: cross-entropy with a weight for each class, smoothed or not, as PyTorch computes it.

    python class_weights.py > class_weights.json        (PyTorch 2.x, CPU, float64)

PyTorch divides by the sum of the weights of the target classes where targets are indices, and by the number of rows
where they are probabilities. `binary` is the cross-entropy of yes/no outputs with targets smoothed as Keras smooths them.
"""

import json
import sys
import torch
import torch.nn.functional as f

torch.set_default_dtype(torch.float64)
generator = torch.Generator().manual_seed(14)
LOGITS = 3 * torch.randn(7, 4, generator=generator)
CLASSES = torch.tensor([0, 1, 2, 3, 2, 1, 1])
SOFT = torch.softmax(torch.randn(7, 4, generator=generator), dim=1)
WEIGHT = torch.tensor([0.5, 2.0, 1.25, 3.0])


def tree(x):
    return x.detach().tolist()


def case(targets, compute):
    logits = LOGITS.clone().requires_grad_()
    loss = compute(logits)
    loss.backward()
    targets = targets if targets.dim() == 2 else targets[:, None].double()
    return {"targets": tree(targets), "loss": loss.item(), "gradient": tree(logits.grad)}


def weighted(targets, weight, smoothing):
    compute = lambda z: f.cross_entropy(z, targets, weight=weight, label_smoothing=smoothing)
    return {"weights": weight is not None, "smoothing": smoothing, **case(targets, compute)}


def binary(targets, smoothing):
    smoothed = (1 - smoothing) * targets + smoothing / 2
    return {"weights": False, "smoothing": smoothing,
            **case(targets, lambda z: f.binary_cross_entropy_with_logits(z, smoothed))}


TARGETS = [CLASSES, f.one_hot(CLASSES, 4).double(), SOFT]
json.dump({
    "logits": tree(LOGITS), "class_weights": tree(WEIGHT),
    "cross_entropy": [weighted(t, w, s) for t in TARGETS for w in [None, WEIGHT] for s in [0.0, 0.1]],
    "binary": [binary(t, s) for t in TARGETS[1:] for s in [0.0, 0.1]],
}, sys.stdout)
print()
