"""Writes residual.json: a network with a residual block, its gradients and five steps, as PyTorch computes them in float64.

    python residual.py > residual.json        (PyTorch 2.x, CPU)

5 -> (x + Linear(gelu(Linear(x)))) -> Linear -> 3. Weights are written as (inputs, outputs): the transpose of PyTorch's.
"""

import json
import torch

torch.set_default_dtype(torch.float64)
torch.manual_seed(20261126)


class Residual(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.block = torch.nn.Sequential(torch.nn.Linear(5, 7), torch.nn.GELU(), torch.nn.Linear(7, 5))

    def forward(self, x):
        return x + self.block(x)


def tree(x):
    return x.detach().tolist()


def parameter(p):
    return tree(p.t() if p.dim() == 2 else p[None, :])


net = torch.nn.Sequential(Residual(), torch.nn.Linear(5, 3))
x, t = torch.randn(6, 5).requires_grad_(), torch.randn(6, 3)
start = [parameter(p) for p in net.parameters()]
outputs = net(x)
loss = torch.nn.functional.mse_loss(outputs, t)
loss.backward()
golden = {
    "parameters": start,
    "inputs": tree(x),
    "targets": tree(t),
    "outputs": tree(outputs),
    "loss": loss.item(),
    "gradients": [parameter(p.grad) for p in net.parameters()],
    "input_gradient": tree(x.grad),
}
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
losses = []
for _ in range(5):
    optimizer.zero_grad()
    loss = torch.nn.functional.mse_loss(net(x), t)
    losses.append(loss.item())
    loss.backward()
    optimizer.step()
golden["losses"] = losses
golden["after"] = [parameter(p) for p in net.parameters()]
print(json.dumps(golden))
