"""Opens the crate's model files with safetensors, and computes their predictions in NumPy.

    cargo run --release -p feedforward-tests --all-features --bin interop -- models write FOLDER
    python verify_models.py FOLDER        (safetensors, NumPy)
"""

import json
import pathlib
import sys

import numpy as np
from safetensors import safe_open

TOLERANCES = {"f32": 1e-6, "f64": 1e-12}

ACTIVATIONS = {
    "Identity": lambda z: z,
    "Relu": lambda z: np.maximum(z, 0),
    "Sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "Tanh": np.tanh,
}


def predict(path, inputs):
    """Returns the outputs of the dense layers that the file holds."""
    with safe_open(path, "np") as file:
        document = json.loads(file.metadata()["feedforward"])
        assert document["kind"] == "Network" and document["format_version"] == 1
        outputs = inputs
        for index, layer in enumerate(document["network"]["layers"]):
            settings = dict(layer["settings"])
            outputs = outputs @ file.get_tensor(f"{index}.weight")
            if settings["bias"]["flag"]:
                outputs = outputs + file.get_tensor(f"{index}.bias")
            outputs = ACTIVATIONS[settings["activation"]["part"]["kind"]](outputs)
        return outputs


def verify(folder):
    """Returns the worst deviation of each precision; ends with an error at the first one that is too large."""
    worst = dict.fromkeys(TOLERANCES, 0.0)
    paths = sorted(folder.glob("*.safetensors"))
    for path in paths:
        case = json.loads(path.with_suffix(".json").read_text())
        precision = case["precision"]
        outputs = predict(path, np.array(case["inputs"], {"f32": np.float32, "f64": np.float64}[precision]))
        expected = np.array(case["outputs"])
        deviation = float(np.abs(outputs - expected).max() / np.abs(expected).max())
        assert deviation <= TOLERANCES[precision], (path, deviation)
        worst[precision] = max(worst[precision], deviation)
    print(f"safetensors and NumPy: {len(paths)} model files, worst deviations", worst)
    return worst


if __name__ == "__main__":
    verify(pathlib.Path(sys.argv[1]))
