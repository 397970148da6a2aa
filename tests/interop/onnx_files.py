"""Writes the ONNX files in tests/interop/onnx/, and onnx.json with the inputs and outputs of each.

    venv/bin/python tests/interop/onnx_files.py

Needs torch, onnx, onnxscript, onnxruntime, scikit-learn and skl2onnx. The outputs are those of the library that made
the model (PyTorch, scikit-learn), or of onnxruntime for the graphs that are written by hand.
"""

import json
import logging
import pathlib
import warnings

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from skl2onnx import to_onnx
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from torch import nn

warnings.simplefilter("ignore")
logging.disable(logging.WARNING)
FOLDER = pathlib.Path(__file__).parent / "onnx"
CASES = {}


def note(name, inputs, outputs, **more):
    inputs = np.asarray(inputs)
    rows = inputs.reshape(len(inputs), -1).astype(np.float64)
    outputs = np.asarray(outputs).astype(np.float64).reshape(len(inputs), -1)
    precision = "f64" if inputs.dtype == np.float64 else "f32"
    CASES[name] = {"precision": precision, "inputs": rows.tolist(), "outputs": outputs.tolist(), **more}


def from_torch(name, module, shape=(3,), dtype=torch.float32, exporters=(True, False), **more):
    """Exports with both exporters of PyTorch, and predicts with PyTorch."""
    torch.manual_seed(1)
    module = module().to(dtype)
    # Running statistics, gamma and beta that are nowhere at their defaults.
    for parameter in [*module.parameters(), *module.buffers()]:
        if parameter.is_floating_point() and parameter.ndim == 1:
            parameter.data = torch.rand_like(parameter) + 0.5
    module.eval()
    inputs = torch.randn(5, *shape, dtype=dtype)
    with torch.no_grad():
        # Half precision is widened by the crate, and not rounded at each step.
        exact = module.float()(inputs.float()) if dtype in (torch.float16, torch.bfloat16) else module(inputs)
        module.to(dtype)
    for dynamo in exporters:
        file = f"torch_{name}_{'dynamo' if dynamo else 'script'}"
        path = FOLDER / f"{file}.onnx"
        if dynamo:
            program = torch.onnx.export(module, (inputs,), dynamo=True, dynamic_shapes=({0: "batch"},), verbose=False)
            program.save(path, external_data=more.get("external", False))
        else:
            options = {"input_names": ["input"], "dynamic_axes": {"input": {0: "batch"}}}
            torch.onnx.export(module, (inputs,), path, dynamo=False, **options, **more.get("script", {}))
        # Without stack traces and paths of the machine.
        model = onnx.load(path, load_external_data=False)
        del model.metadata_props[:], model.graph.metadata_props[:], model.graph.value_info[:]
        for node in model.graph.node:
            node.ClearField("doc_string")
            del node.metadata_props[:]
        for value in [*model.graph.input, *model.graph.output, *model.graph.initializer]:
            value.ClearField("doc_string")
            del value.metadata_props[:]
        path.write_bytes(model.SerializeToString())
        note(file, inputs.float() if dtype in (torch.float16, torch.bfloat16) else inputs, exact)


class Block(nn.Module):
    """A shortcut around two layers."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.last = nn.Linear(3, 4), nn.Linear(4, 3), nn.Linear(3, 1)

    def forward(self, x):
        return self.last(x + self.second(torch.relu(self.first(x))))


class Standardized(nn.Module):
    """Scales its inputs and outputs itself."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 2)
        self.register_buffer("mean", torch.tensor([1.0, 2.0, 3.0]))
        self.register_buffer("deviation", torch.tensor([0.5, 2.0, 4.0]))

    def forward(self, x):
        return 1 - self.linear((x - self.mean) / self.deviation) * 2


class View(nn.Module):
    """Flattens its inputs by their own size."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(12, 2)

    def forward(self, x):
        return self.linear(x.view(x.size(0), -1))


class Clamped(nn.Module):
    """A ReLU and a minimum as bounds."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 2)

    def forward(self, x):
        return torch.minimum(torch.clamp(self.linear(x), min=0), torch.tensor(0.5))


def chain(*layers):
    return lambda: nn.Sequential(*layers)


def all_of_torch():
    activations = [nn.ReLU6(), nn.LeakyReLU(0.2), nn.ELU(0.7), nn.SELU(), nn.Hardsigmoid(), nn.Softplus()]
    more = [nn.Softsign(), nn.Hardswish(), nn.Hardtanh(), nn.Tanh(), nn.Sigmoid(), nn.GELU(), nn.GELU("tanh")]
    more += [nn.SiLU(), nn.Mish(), nn.ReLU()]
    for activation in activations + more:
        name = type(activation).__name__.lower() + ("_tanh" if getattr(activation, "approximate", "") == "tanh" else "")
        from_torch(name, chain(nn.Linear(3, 4), activation, nn.Linear(4, 2)))
    # Up to version 17 of the operators these are formulas.
    old = {"script": {"opset_version": 16}, "exporters": (False,)}
    from_torch("old_gelu", chain(nn.Linear(3, 4), nn.GELU(), nn.Linear(4, 2)), **old)
    from_torch("old_gelu_tanh", chain(nn.Linear(3, 4), nn.GELU("tanh"), nn.Linear(4, 2)), **old)
    from_torch("old_norm", chain(nn.Linear(3, 4), nn.LayerNorm(4), nn.Mish(), nn.Hardswish(), nn.Linear(4, 2)), **old)
    from_torch("no_bias", chain(nn.Linear(3, 4, bias=False), nn.ReLU(), nn.Linear(4, 2, bias=False)))
    from_torch("one_neuron", chain(nn.Linear(1, 1)), shape=(1,))
    five = [layer for _ in range(4) for layer in (nn.Linear(4, 4), nn.Tanh())]
    from_torch("five_layers", chain(*five, nn.Linear(4, 1)), shape=(4,))
    from_torch("norms", chain(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Linear(4, 5), nn.LayerNorm(5)))
    from_torch("batch_norm_first", chain(nn.BatchNorm1d(3), nn.Linear(3, 2)))
    from_torch("softmax", chain(nn.Linear(3, 4), nn.Softmax(-1)))
    from_torch("log_softmax", chain(nn.Linear(3, 4), nn.LogSoftmax(1)))
    from_torch("flatten", chain(nn.Flatten(), nn.Linear(12, 2)), shape=(1, 3, 4))
    from_torch("view", View, shape=(1, 3, 4))
    from_torch("clamped", Clamped)
    from_torch("prelu", chain(nn.Linear(3, 4), nn.PReLU(init=0.3), nn.Linear(4, 2)))
    from_torch("residual", Block)
    from_torch("standardized", Standardized)
    from_torch("double", chain(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)), dtype=torch.float64)
    from_torch("half", chain(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)), dtype=torch.float16)
    from_torch("bfloat16", chain(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)), dtype=torch.bfloat16, exporters=(True,))
    from_torch("external", chain(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 2)), shape=(8,), exporters=(True,), external=True)


def from_sklearn(name, estimator, inputs, targets, **options):
    estimator.fit(inputs, targets)
    model = to_onnx(estimator, inputs[:1], **options)
    (FOLDER / f"skl_{name}.onnx").write_bytes(model.SerializeToString())
    rows = inputs[:6]
    if hasattr(estimator, "predict_proba"):
        labels = [str(label) for label in estimator.predict(rows)]
        note(f"skl_{name}", rows, estimator.predict_proba(rows), labels=labels)
    else:
        note(f"skl_{name}", rows, estimator.predict(rows))


def all_of_sklearn():
    random = np.random.default_rng(1)
    inputs = random.normal(5, 2, size=(80, 3)).astype(np.float32)
    three = np.argmax(inputs, axis=1)
    names, two = np.array(["low", "mid", "top"])[three], (inputs[:, 0] > 5).astype(int)
    classifier = lambda **more: MLPClassifier((4,), max_iter=40, random_state=1, **more)
    regressor = lambda **more: MLPRegressor(hidden_layer_sizes=(4,), max_iter=40, random_state=1, **more)
    from_sklearn("classifier", make_pipeline(StandardScaler(), classifier()), inputs, three)
    from_sklearn("names", make_pipeline(StandardScaler(), classifier(activation="tanh")), inputs, names)
    from_sklearn("no_zipmap", classifier(activation="logistic"), inputs, names, options={"zipmap": False})
    from_sklearn("two_classes", make_pipeline(StandardScaler(), classifier()), inputs, two)
    from_sklearn("two_names", classifier(activation="identity"), inputs, np.array(["no", "yes"])[two])
    from_sklearn("regressor", make_pipeline(StandardScaler(), regressor()), inputs, inputs @ [1, 2, 3])
    from_sklearn("min_max", make_pipeline(MinMaxScaler(), regressor()), inputs, inputs @ [1, 2, 3])
    from_sklearn("two_outputs", regressor(), inputs, np.c_[inputs[:, 0], -inputs[:, 1]])
    wide = inputs.astype(np.float64)
    many = make_pipeline(StandardScaler(), classifier()).fit(inputs, (inputs > 5).astype(int))
    (FOLDER / "skl_many_labels.onnx").write_bytes(to_onnx(many, inputs[:1]).SerializeToString())
    note("skl_many_labels", inputs[:6], many.predict_proba(inputs[:6]))
    from_sklearn("double", make_pipeline(StandardScaler(), classifier()), wide, names)


def by_hand(name, nodes, constants, shape=("batch", 3), opset=20, dtype=TensorProto.FLOAT):
    """Writes a graph from "x" to "y"; the outputs are onnxruntime's."""
    numpy_type = np.float64 if dtype == TensorProto.DOUBLE else np.float32
    sizes = [4 if isinstance(size, str) else size for size in shape]
    inputs = np.random.default_rng(2).normal(size=sizes).astype(numpy_type)

    def model(outputs):
        x = helper.make_tensor_value_info("x", dtype, shape)
        y = helper.make_tensor_value_info("y", dtype, outputs)
        graph = helper.make_graph(nodes, name, [x], [y], constants)
        domains = [helper.make_opsetid("", opset), helper.make_opsetid("ai.onnx.ml", 3)]
        return helper.make_model(graph, opset_imports=domains, ir_version=8)

    session = onnxruntime.InferenceSession(model(None).SerializeToString(), providers=["CPUExecutionProvider"])
    outputs = session.run(None, {"x": inputs})[0]
    whole = model(["batch", *outputs.shape[1:]])
    onnx.checker.check_model(whole, full_check=True)
    (FOLDER / f"hand_{name}.onnx").write_bytes(whole.SerializeToString())
    note(f"hand_{name}", inputs, outputs)


def all_by_hand():
    random = np.random.default_rng(3)
    tensor = lambda name, *sizes: numpy_helper.from_array(random.normal(size=sizes).astype(np.float32), name)
    node = helper.make_node
    floats = lambda name, values, kind, dims: helper.make_tensor(name, kind, dims, values)
    weight = random.normal(size=(3, 2)).astype(np.float32)
    # Typed fields instead of raw bytes.
    by_hand("float_data", [node("MatMul", ["x", "w"], ["y"])], [floats("w", weight.ravel(), TensorProto.FLOAT, [3, 2])])
    double = floats("w", weight.astype(np.float64).ravel(), TensorProto.DOUBLE, [3, 2])
    by_hand("double_data", [node("MatMul", ["x", "w"], ["y"])], [double], dtype=TensorProto.DOUBLE)
    for name, kind in [("float16", TensorProto.FLOAT16), ("bfloat16", TensorProto.BFLOAT16)]:
        cast = node("Cast", ["w"], ["wide"], to=TensorProto.FLOAT)
        constant = floats("w", weight.ravel(), kind, [3, 2])
        assert len(constant.int32_data) == 6
        by_hand(f"{name}_in_int32_data", [cast, node("MatMul", ["x", "wide"], ["y"])], [constant])
    gemm = node("Gemm", ["x", "w", "b"], ["y"], alpha=0.5, beta=-2.0, transB=1)
    by_hand("gemm_all", [gemm], [tensor("w", 2, 3), tensor("b", 1, 2)])
    by_hand("gemm_scalar_bias", [node("Gemm", ["x", "w", "b"], ["y"])], [tensor("w", 3, 2), tensor("b")])
    transpose = [node("Transpose", ["w"], ["t"], perm=[1, 0]), node("MatMul", ["x", "t"], ["y"])]
    by_hand("transposed_weight", transpose, [tensor("w", 2, 3)])
    arithmetic = [
        node("Add", ["a", "x"], ["p"]),
        node("Mul", ["p", "b"], ["q"]),
        node("Sub", ["c", "q"], ["r"]),
        node("Div", ["r", "d"], ["s"]),
        node("Neg", ["s"], ["y"]),
    ]
    by_hand("arithmetic", arithmetic, [tensor("a", 3), tensor("b", 1, 3), tensor("c"), tensor("d", 1, 1)])
    keras = [
        node("MatMul", ["x", "w"], ["p"]),
        node("Add", ["p", "b"], ["q"]),
        node("Relu", ["q"], ["r"]),
        node("Mul", ["r", "s"], ["t"]),
        node("Add", ["t", "u"], ["v"]),
        node("MatMul", ["v", "w2"], ["l"]),
        node("Add", ["l", "b2"], ["m"]),
        node("Softmax", ["m"], ["y"]),
    ]
    constants = [tensor("w", 3, 4), tensor("b", 4), tensor("s", 4), tensor("u", 4), tensor("w2", 4, 2), tensor("b2", 2)]
    by_hand("as_tf2onnx", keras, constants, opset=15)
    clip = [node("Constant", [], ["low"], value_float=-0.5), node("Clip", ["x", "low"], ["y"])]
    by_hand("clip_below", clip, [])
    by_hand("clip_attributes", [node("Clip", ["x"], ["y"], min=-0.25, max=0.5)], [], opset=9)
    by_hand("softmax_of_old", [node("Softmax", ["x"], ["y"])], [], opset=11, shape=("batch", 2, 3))
    shape = helper.make_tensor("shape", TensorProto.INT64, [2], [0, -1])
    flat = [node("Reshape", ["x", "shape"], ["p"]), node("MatMul", ["p", "w"], ["y"])]
    by_hand("reshape", flat, [shape, tensor("w", 6, 2)], shape=("batch", 2, 3))
    squeeze = [
        node("Constant", [], ["one"], value_ints=[1]),
        node("Unsqueeze", ["x", "one"], ["p"]),
        node("Relu", ["p"], ["q"]),
        node("Squeeze", ["q", "one"], ["r"]),
        node("Flatten", ["r"], ["s"]),
        node("Dropout", ["s"], ["t"]),
        node("Identity", ["t"], ["y"]),
    ]
    by_hand("shapes", squeeze, [])
    by_hand("scaler", [node("Scaler", ["x"], ["y"], domain="ai.onnx.ml", offset=[1.0, 2.0, 3.0], scale=[0.5, 1.0, -2.0])], [])
    by_hand("selu", [node("Selu", ["x"], ["y"], alpha=2.0, gamma=3.0)], [])
    silu = [node("Mul", ["x", "s"], ["p"]), node("Sigmoid", ["p"], ["q"]), node("Mul", ["q", "p"], ["y"])]
    by_hand("silu_of_a_product", silu, [tensor("s", 3)])
    step = [node("Greater", ["x", "zero"], ["p"]), node("Cast", ["p"], ["y"], to=TensorProto.FLOAT)]
    by_hand("step", step, [numpy_helper.from_array(np.float32(0), "zero")])


def main():
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.iterdir():
        path.unlink()
    all_of_torch()
    all_of_sklearn()
    all_by_hand()
    rounded = json.dumps(CASES, separators=(",", ":"))
    (FOLDER.parent / "onnx.json").write_text(rounded)
    size = sum(path.stat().st_size for path in FOLDER.iterdir())
    print(f"{len(CASES)} files, {size} bytes")


main()
