"""Opens state dicts that the crate wrote in PyTorch, strictly, and prints the worst deviation of the outputs.

    cargo run --release -p feedforward-tests --all-features --bin interop -- pytorch write FOLDER
    python verify_pytorch.py FOLDER        (PyTorch 2.x on a CPU, safetensors)
"""

import json
import pathlib
import sys
import safetensors.torch
import torch

TOLERANCES = {"f32": 1e-6, "f64": 1e-12}


class Residual(torch.nn.Sequential):
    def forward(self, x):
        return x + super().forward(x)


def module(name, arguments):
    if name == "Residual":
        return Residual(*[module(*inner) for inner in arguments])
    return getattr(torch.nn, name)(*arguments)


def verify(folder):
    """Returns the worst deviation of each precision; ends with an error at the first one that is too large."""
    worst = dict.fromkeys(TOLERANCES, 0.0)
    cases = json.loads((folder / "cases.json").read_text())
    for case in cases:
        precision = case["precision"]
        kind = {"f32": torch.float32, "f64": torch.float64}[precision]
        model = torch.nn.Sequential(*[module(*described) for described in case["modules"]]).to(kind)
        keys = model.load_state_dict(safetensors.torch.load_file(folder / case["file"]), strict=True)
        assert str(keys) == "<All keys matched successfully>", (case["file"], keys)
        with torch.no_grad():
            outputs = model.eval()(torch.tensor(case["inputs"], dtype=kind))
        expected = torch.tensor(case["outputs"], dtype=kind)
        deviation = ((outputs - expected).abs().max() / max(1.0, expected.abs().max())).item()
        assert deviation <= TOLERANCES[precision], (case["file"], deviation)
        print(f"{case['file']:32} {keys}  {deviation:.1e}")
        worst[precision] = max(worst[precision], deviation)
    print(f"PyTorch {torch.__version__}: {len(cases)} state dicts, worst deviations", worst)
    return worst


if __name__ == "__main__":
    verify(pathlib.Path(sys.argv[1]))
