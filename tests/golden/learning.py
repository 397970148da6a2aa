"""Writes learning.json: optimizers, schedules, normalisations and clipping as PyTorch computes them in float64.

    python learning.py > learning.json        (PyTorch 2.x, CPU)
"""

import json
import sys
import torch
import torch.nn.functional as f
from torch.optim import lr_scheduler as lr

torch.set_default_dtype(torch.float64)
torch.manual_seed(20261125)


def tree(x):
    return x.detach().tolist()


def parameters():
    made = [torch.randn(5, 4), torch.randn(1, 4), torch.randn(4, 3), torch.randn(1, 3)]
    for p in made:
        p.requires_grad_()
    return made


def forward(p, x):
    return torch.tanh(x @ p[0] + p[1]) @ p[2] + p[3]


def steps(make, clip=None):
    p, x, t = parameters(), torch.randn(6, 5), torch.randn(6, 3)
    optimizer, start, losses = make(p), [tree(q) for q in p], []
    for _ in range(20):
        optimizer.zero_grad()
        loss = f.mse_loss(forward(p, x), t)
        loss.backward()
        if clip:
            clip(p)
        optimizer.step()
        losses.append(loss.item())
    return {"parameters": start, "inputs": tree(x), "targets": tree(t), "losses": losses, "after": [tree(q) for q in p]}


def factors(make, count=60):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    schedule, rates = make(optimizer), []
    for _ in range(count):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return rates


def plateau():
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    schedule = lr.ReduceLROnPlateau(optimizer, factor=0.5, patience=2)
    losses = [1.0, 0.9, 0.9, 0.95, 0.91, 0.89, 0.89, 0.89, 0.89, 0.89, 0.5, 0.5, 0.5, 0.5, 0.6, 0.6, 0.6]
    rates = []
    for loss in losses:
        rates.append(optimizer.param_groups[0]["lr"])
        schedule.step(loss)
    return {"losses": losses, "factors": rates}


def norm(kind):
    """x -> 4 features -> normalisation -> sum of squares against targets; three training passes, then a prediction."""
    layer = torch.nn.BatchNorm1d(4) if kind == "batch" else torch.nn.LayerNorm(4)
    with torch.no_grad():
        layer.weight.copy_(torch.randn(4))
        layer.bias.copy_(torch.randn(4))
    xs, ts = [3 * torch.randn(6, 4) + 1 for _ in range(3)], [torch.randn(6, 4) for _ in range(3)]
    passes = []
    for x, t in zip(xs, ts):
        layer.zero_grad()
        x.requires_grad_()
        y = layer(x)
        f.mse_loss(y, t).backward()
        passes.append({"inputs": tree(x), "targets": tree(t), "outputs": tree(y), "input_gradient": tree(x.grad),
                       "gain_gradient": [tree(layer.weight.grad)], "shift_gradient": [tree(layer.bias.grad)]})
    layer.eval()
    return {"gain": [tree(layer.weight)], "shift": [tree(layer.bias)], "passes": passes,
            "prediction": tree(layer(xs[0]))}


def lbfgs():
    """One step at a time, with the loss after each. A start from which the losses in float32 stay within 1e-6 of these, as
    from most: from some, a search ends elsewhere after another rounding."""
    generator = torch.Generator().manual_seed(8)
    made = [torch.randn(shape, generator=generator) for shape in [(5, 4), (1, 4), (4, 3), (1, 3), (30, 5), (30, 3)]]
    p, (x, t) = [q.requires_grad_() for q in made[:4]], made[4:]
    rule = torch.optim.LBFGS(p, max_iter=1, max_eval=26, history_size=10, line_search_fn="strong_wolfe")
    start, losses = [tree(q) for q in p], []

    def closure():
        rule.zero_grad()
        loss = f.mse_loss(forward(p, x), t)
        loss.backward()
        return loss

    for _ in range(20):
        rule.step(closure)
        losses.append(closure().item())
    return {"parameters": start, "inputs": tree(x), "targets": tree(t), "losses": losses, "after": [tree(q) for q in p]}


def renorm():
    """Each row at most 0.8 long, as torch has it: a row of its weight goes into one neuron."""
    weight = torch.randn(3, 5, generator=torch.Generator().manual_seed(1))
    return {"weight": tree(weight.T), "after": tree(torch.renorm(weight, 2, 0, 0.8).T)}


def class_weights():
    """Cross-entropy with a weight for each class: value and gradient."""
    generator = torch.Generator().manual_seed(2)
    logits, classes = torch.randn(7, 3, generator=generator), torch.tensor([0, 1, 2, 2, 1, 0, 0])
    logits.requires_grad_()
    loss = f.cross_entropy(logits, classes, weight=torch.tensor([0.5, 2.0, 1.25]))
    loss.backward()
    return {"logits": tree(logits), "classes": tree(classes), "loss": loss.item(), "gradient": tree(logits.grad)}


O = torch.optim
json.dump({
    "optimizers": {
        "sgd": steps(lambda p: O.SGD(p, lr=0.1)),
        "momentum": steps(lambda p: O.SGD(p, lr=0.05, momentum=0.9)),
        "nesterov": steps(lambda p: O.SGD(p, lr=0.05, momentum=0.9, nesterov=True)),
        "adagrad": steps(lambda p: O.Adagrad(p, lr=0.1)),
        "rms_prop": steps(lambda p: O.RMSprop(p, lr=0.01)),
        "adam": steps(lambda p: O.Adam(p, lr=0.05)),
        "amsgrad": steps(lambda p: O.Adam(p, lr=0.05, amsgrad=True)),
        "adam_w": steps(lambda p: O.AdamW(p, lr=0.05, weight_decay=0.1)),
        "nadam": steps(lambda p: O.NAdam(p, lr=0.05)),
        "rprop": steps(lambda p: O.Rprop(p, lr=0.01)),
    },
    "clips": {
        "norm": steps(lambda p: O.SGD(p, lr=0.1), lambda p: torch.nn.utils.clip_grad_norm_(p, 0.3)),
        "value": steps(lambda p: O.SGD(p, lr=0.1), lambda p: torch.nn.utils.clip_grad_value_(p, 0.05)),
    },
    "schedules": {
        "step": factors(lambda o: lr.StepLR(o, 7, 0.5)),
        "exponential": factors(lambda o: lr.ExponentialLR(o, 0.9)),
        "polynomial": factors(lambda o: lr.PolynomialLR(o, 50, 2.0)),
        "cosine": factors(lambda o: lr.CosineAnnealingLR(o, 59)),
        "restarts": factors(lambda o: lr.CosineAnnealingWarmRestarts(o, 8, 2)),
        "warmup": factors(lambda o: lr.LinearLR(o, 1 / 10, 1.0, 9)),
        "one_cycle": factors(lambda o: lr.OneCycleLR(o, 1.0, total_steps=61, cycle_momentum=False)),
        "constant": factors(lambda o: lr.ConstantLR(o, 1.0)),
        "inverse_scaling": factors(lambda o: lr.LambdaLR(o, lambda t: 1 / (t + 1) ** 0.5)),
        "warmup_then_cosine": factors(lambda o: lr.SequentialLR(
            o, [lr.LinearLR(o, 1 / 10, 1.0, 9), lr.CosineAnnealingLR(o, 49)], [10])),
        "warmup_times_exponential": factors(lambda o: lr.ChainedScheduler(
            [lr.LinearLR(o, 1 / 10, 1.0, 9), lr.ExponentialLR(o, 0.9)])),
    },
    "plateau": plateau(),
    "norms": {"batch": norm("batch"), "layer": norm("layer")},
    "lbfgs": lbfgs(),
    "renorm": renorm(),
    "class_weights": class_weights(),
}, sys.stdout, indent=0)
