"""Writes core.json: forward passes, losses, gradients and steps as PyTorch computes them in float64.

    python core.py > core.json        (PyTorch 2.x, CPU)

Weights are written in this crate's layout, (inputs, outputs): the transpose of PyTorch's.
"""

import json
import torch
import torch.nn.functional as f

torch.set_default_dtype(torch.float64)
torch.manual_seed(20261124)

ACTIVATIONS = {
    "identity": lambda z: z,
    "sigmoid": torch.sigmoid,
    "relu": f.relu,
    "leaky_relu": lambda z: f.leaky_relu(z, 0.01),
    "elu": f.elu,
    "tanh": torch.tanh,
    "softplus": f.softplus,
    "gelu": f.gelu,
    "gelu_tanh": lambda z: f.gelu(z, approximate="tanh"),
    "silu": f.silu,
    "softmax": lambda z: torch.softmax(z, dim=1),
    "log_softmax": lambda z: torch.log_softmax(z, dim=1),
    "selu": f.selu,
    # f.hardsigmoid itself, whose gradient in float64 has a slope of 1/6 rounded to float32.
    "hard_sigmoid": lambda z: f.relu6(z + 3) / 6,
    "hard_sigmoid_keras": lambda z: torch.clamp(0.2 * z + 0.5, 0, 1),
    "softsign": f.softsign,
    "mish": f.mish,
    "relu6": f.relu6,
    "clip": lambda z: f.hardtanh(z, -0.5, 1.5),
    "hard_swish": f.hardswish,
}


def half_squared(p, t):
    return ((p - t) ** 2).sum() / 2 / len(p)


def tree(x):
    return x.detach().tolist()


class Net:
    """5-4-3: a hidden layer with an activation, and a linear one."""

    def __init__(self):
        self.parameters = [torch.randn(5, 4), torch.randn(1, 4), torch.randn(4, 3), torch.randn(1, 3)]
        for p in self.parameters:
            p.requires_grad_()

    def __call__(self, x, activation):
        w1, b1, w2, b2 = self.parameters
        return activation(x @ w1 + b1) @ w2 + b2


def case(activation, loss, targets):
    net, x = Net(), (2 * torch.randn(6, 5)).requires_grad_()
    outputs = net(x, activation)
    value = loss(outputs, targets)
    value.backward()
    return {
        "parameters": [tree(p) for p in net.parameters],
        "inputs": tree(x),
        "targets": tree(targets if targets.dim() == 2 else targets[:, None].double()),
        "outputs": tree(outputs),
        "loss": value.item(),
        "gradients": [tree(p.grad) for p in net.parameters],
        "input_gradient": tree(x.grad),
    }


def steps(make):
    net, x, t = Net(), torch.randn(6, 5), torch.randn(6, 3)
    optimizer = make(net.parameters)
    start = [tree(p) for p in net.parameters]
    losses = []
    for _ in range(5):
        optimizer.zero_grad()
        loss = f.mse_loss(net(x, torch.tanh), t)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return {
        "parameters": start,
        "inputs": tree(x),
        "targets": tree(t),
        "losses": losses,
        "after": [tree(p) for p in net.parameters],
    }


numbers, classes = torch.randn(6, 3), torch.randint(0, 3, (6,))
shares = torch.softmax(torch.randn(6, 3), dim=1)
LOSSES = {
    "mse": (f.mse_loss, numbers),
    "half_squared_error": (half_squared, numbers),
    "mae": (f.l1_loss, numbers),
    "huber": (lambda p, t: f.huber_loss(p, t, delta=0.7), numbers),
    "binary_cross_entropy": (f.binary_cross_entropy_with_logits, torch.rand(6, 3)),
    "cross_entropy_classes": (f.cross_entropy, classes),
    "cross_entropy_shares": (f.cross_entropy, shares),
    "cross_entropy_smoothed": (lambda p, t: f.cross_entropy(p, t, label_smoothing=0.1), classes),
}

json.dump(
    {
        "activations": {name: case(a, f.mse_loss, numbers) for name, a in ACTIVATIONS.items()},
        "losses": {name: case(torch.tanh, loss, targets) for name, (loss, targets) in LOSSES.items()},
        "optimizers": {
            "sgd": steps(lambda p: torch.optim.SGD(p, lr=0.1)),
            "momentum": steps(lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9)),
            "nesterov": steps(lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True)),
        },
    },
    __import__("sys").stdout,
    indent=0,
)
