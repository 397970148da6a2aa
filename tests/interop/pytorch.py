"""Writes the files in pytorch/, each as PyTorch saves it, pytorch/expected.json with inputs and outputs of the models,
and the model of examples/from_pytorch.rs.

    python pytorch.py        (PyTorch 2.x on a CPU, safetensors)

The outputs are those of the saved weights in double precision.
"""

import copy
import csv
import json
import pathlib
import torch
from safetensors.torch import save_file
from torch import nn

FOLDER = pathlib.Path(__file__).parent / "pytorch"
EXAMPLES = pathlib.Path(__file__).parent.parent.parent / "examples" / "data"
torch.manual_seed(20261126)
expected = {}


class Net(nn.Module):
    """Attributes in the order of the forward pass, settings that are not the defaults, a buffer that is not saved."""

    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(3, 6)
        self.bn1 = nn.BatchNorm1d(6, eps=1e-3, momentum=0.3)
        self.fc2 = nn.Linear(6, 2)
        self.register_buffer("calls", torch.zeros(1), persistent=False)

    def forward(self, x):
        return self.fc2(torch.tanh(self.bn1(self.fc1(x))))


class Block(nn.Sequential):
    def forward(self, x):
        return x + super().forward(x)


def train(model, inputs, steps=5):
    """Makes weights and running statistics that are not those of the start."""
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(steps):
        optimizer.zero_grad()
        model(torch.randn(16, inputs, dtype=next(model.parameters()).dtype) * 2 + 1).square().mean().backward()
        optimizer.step()
    model.eval()
    return optimizer


def expect(file, model, inputs, batch=4):
    x = torch.randn(batch, inputs, dtype=torch.float64)
    with torch.no_grad():
        y = copy.deepcopy(model).double().eval()(x)
    expected[file] = {"inputs": x.tolist(), "outputs": y.tolist()}


def save(file, saved, model, inputs, **options):
    torch.save(saved, FOLDER / file, **options)
    expect(file, model, inputs)


def save_sorted(file, tensors):
    save_file(tensors, FOLDER / file)
    (FOLDER / file).chmod(0o644)


def save_state(file, model, inputs, **options):
    save(file, model.state_dict(), model, inputs, **options)


# A legacy file holds the source code of each module, and where it was found: no text of this machine.
torch.serialization.get_source_lines_and_file = lambda module: (["# source"], 0, f"{module.__name__}.py")

FOLDER.mkdir(exist_ok=True)
plain = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 2))
save_state("plain.pt", plain, 3)
save_state("protocol_4.pt", plain, 3, pickle_protocol=4)
save_state("protocol_5.pt", plain, 3, pickle_protocol=5)
save_state("legacy.pt", plain, 3, _use_new_zipfile_serialization=False)
save_state("no_bias.pt", nn.Sequential(nn.Linear(3, 4, bias=False), nn.ReLU(), nn.Linear(4, 2, bias=False)), 3)
save_state("one_neuron.pt", nn.Sequential(nn.Linear(1, 1)), 1)
save_state("alone.pt", nn.Linear(3, 2), 3)
five = [nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3), nn.Tanh(), nn.Linear(3, 4), nn.Tanh()]
save_state("five_layers.pt", nn.Sequential(*five, nn.Linear(4, 1)), 2)
functions = [nn.Sigmoid(), nn.ReLU(), nn.LeakyReLU(0.2), nn.ELU(0.5), nn.Tanh(), nn.Softplus(), nn.GELU()]
functions += [nn.GELU(approximate="tanh"), nn.SiLU(), nn.Softmax(dim=1)]
layers = [module for function in functions for module in (nn.Linear(3, 3), function)]
activations = nn.Sequential(*layers)
save_state("activations.pt", activations, 3)

norms = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 4), nn.LayerNorm(4), nn.Tanh(), nn.Linear(4, 2))
train(norms, 3)
save_state("norms.pt", norms, 3)
bare = nn.Sequential(
    nn.Linear(3, 4), nn.BatchNorm1d(4, affine=False), nn.ReLU(), nn.LayerNorm(4, elementwise_affine=False), nn.Linear(4, 2)
)
train(bare, 3)
save_state("bare_norms.pt", bare, 3)
save_state("residual.pt", nn.Sequential(nn.Linear(3, 4), nn.ReLU(), Block(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 4)), nn.Linear(4, 1)), 3)

for file, kind in [("double.pt", torch.float64), ("half.pt", torch.float16), ("bfloat.pt", torch.bfloat16)]:
    model = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 2)).to(kind)
    save_state(file, model, 3)
    save_sorted(file.replace(".pt", ".safetensors"), model.state_dict())
    expected[file.replace(".pt", ".safetensors")] = expected[file]

optimizer = train(plain, 3)
checkpoint = {"model": plain.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3, "loss": [0.5, 0.25]}
save("checkpoint.pt", checkpoint, plain, 3)
checkpoint = {"nets": {"now": plain.state_dict(), "mean": norms.state_dict()}, "epoch": 3}
save("two.pt", checkpoint, norms, 3)
save_state("parallel.pt", nn.DataParallel(plain), 3)

net = Net()
train(net, 3)
save("module.pt", net, net, 3)
save("legacy_module.pt", net, net, 3, _use_new_zipfile_serialization=False)
save_state("net.pt", net, 3)
# The header of a safetensors file is sorted: bn1, fc1, fc2.
save_sorted("net.safetensors", net.state_dict())
expected["net.safetensors"] = expected["net.pt"]
save_sorted("activations.safetensors", activations.state_dict())
expected["activations.safetensors"] = expected["activations.pt"]

# Views: transposed, with an offset, two of one storage, one that repeats its numbers, one without a dimension.
base = torch.randn(20)
views = {
    "transposed": base[2:14].view(3, 4).t(),
    "offset": base[3:7],
    "every_other": base[::2],
    "all": base,
    "repeated": base[:1].expand(6),
    "scalar": base[5],
    "empty": base[:0],
    "three": torch.arange(24, dtype=torch.float64).view(2, 3, 4).permute(2, 0, 1),
    "int32": torch.tensor([-1, 7], dtype=torch.int32),
    "uint8": torch.tensor([200], dtype=torch.uint8),
    "int64": torch.tensor(2**60),
    "parameter": nn.Parameter(base[2:6].view(2, 2).t()),
}
for file, options in [("views.pt", {}), ("legacy_views.pt", {"_use_new_zipfile_serialization": False})]:
    torch.save(views, FOLDER / file, **options)
shapes = {name: {"shape": list(view.shape), "values": view.flatten().tolist()} for name, view in views.items()}
expected["views.pt"] = shapes

# What is refused: types that are no parameters, tensors that are not dense, TorchScript.
torch.save({"mask": torch.tensor([True])}, FOLDER / "refused_bool.pt")
torch.save({"complex": torch.zeros(2, dtype=torch.complex64)}, FOLDER / "refused_complex.pt")
torch.save({"sparse": torch.eye(2).to_sparse()}, FOLDER / "refused_sparse.pt")
torch.save({"negated": torch._neg_view(torch.ones(2))}, FOLDER / "refused_negated.pt")
torch.save({"nan.weight": torch.tensor([[float("nan")]]), "nan.bias": torch.zeros(1)}, FOLDER / "nan.pt")
torch.jit.script(nn.Linear(1, 1)).save(FOLDER / "refused_script.pt")

(FOLDER / "expected.json").write_text(json.dumps(expected) + "\n")

# The example: the batch normalization in front scales the inputs.
with open(EXAMPLES / "iris.csv", newline="") as file:
    rows = list(csv.reader(file))[1:]
kinds = sorted({row[-1] for row in rows})
inputs = torch.tensor([[float(cell) for cell in row[:-1]] for row in rows])
classes = torch.tensor([kinds.index(row[-1]) for row in rows])
iris = nn.Sequential(nn.BatchNorm1d(4), nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
optimizer = torch.optim.Adam(iris.parameters(), lr=0.02)
for epoch in range(200):
    optimizer.zero_grad()
    nn.functional.cross_entropy(iris(inputs), classes).backward()
    optimizer.step()
torch.save({"model": iris.state_dict(), "epoch": epoch + 1}, EXAMPLES / "iris.pt")
accuracy = (iris.eval()(inputs).argmax(1) == classes).float().mean().item()
print(f"iris: {kinds}, accuracy {accuracy:.3f}")
print("first rows:", iris(inputs[::60]).detach().tolist())
