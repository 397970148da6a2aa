"""Opens this crate's ONNX files in onnx and onnxruntime, and runs ONNX's own node cases through its importer.

    cargo build --release -p feedforward-tests --all-features --bin interop
    venv/bin/python tests/interop/verify_onnx.py target/release/interop

Needs onnx, onnxruntime and numpy. `verify(program)` prints the worst deviations, and returns whether all is well.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, numpy_helper

# How far outputs may be apart, relative to the largest number of the matrix.
TOLERANCES = {"f32": 1e-6, "f64": 1e-12}

OPERATORS = """Gemm MatMul Add Sub Mul Div Neg BatchNormalization LayerNormalization Relu LeakyRelu Elu Selu Sigmoid
HardSigmoid Tanh Softplus Softsign Gelu Swish Mish HardSwish Clip Softmax LogSoftmax Identity Dropout Flatten Reshape
Squeeze Unsqueeze Cast Constant""".split()


# Those that do not work element by element.
SHAPED = """Gemm MatMul BatchNormalization LayerNormalization Softmax LogSoftmax Flatten Reshape Squeeze
Unsqueeze""".split()


def as_array(value):
    """Returns a tensor of a node case as an array, if it is one."""
    if isinstance(value, onnx.TensorProto):
        return numpy_helper.to_array(value)
    return np.asarray(value) if isinstance(value, np.generic) else value


def deviation(found, expected):
    """Returns the largest difference, relative to the largest expected number."""
    scale = max(np.abs(expected).max(), 1e-300)
    return float(np.abs(np.asarray(found, np.float64) - expected).max() / scale)


def check_file(path):
    """Opens one of our files; returns its deviation in onnxruntime."""
    expected = json.loads(path.with_suffix(".json").read_text())
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    dtype = {"f32": np.float32, "f64": np.float64}[expected["precision"]]
    inputs, outputs = np.array(expected["inputs"], dtype), np.array(expected["outputs"])
    assert model.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "batch", path
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    found = dict(zip([output.name for output in session.get_outputs()], session.run(None, {"input": inputs})))
    if expected["labels"]:
        assert [str(label) for label in found.pop("label")] == expected["labels"], path
        names = [entry.key for entry in model.metadata_props]
        assert [name for name in names if name.startswith("label.")], path
    (numbers,) = found.values()
    assert numbers.dtype == dtype and numbers.shape == outputs.shape, path
    # The dynamic batch: one row alone.
    one = session.run([session.get_outputs()[-1].name], {"input": inputs[:1]})[0]
    return max(deviation(numbers, outputs), deviation(one, outputs[:1]))


def check_files(program, folder):
    subprocess.run([program, "onnx", "write", folder], check=True)
    worst, is_well = {"f32": (0.0, ""), "f64": (0.0, "")}, True
    count = 0
    for path in sorted(folder.glob("*.onnx")):
        precision = path.stem.split(".")[-1]
        found = check_file(path)
        worst[precision] = max(worst[precision], (found, path.stem))
        count += 1
        if found > TOLERANCES[precision]:
            print(f"  {path.stem}: {found:.2e} from onnxruntime")
            is_well = False
    print(f"onnx: {count} files pass onnx.checker with full_check")
    for precision, (found, name) in worst.items():
        print(f"onnx: worst deviation from onnxruntime {onnxruntime.__version__} in {precision}: {found:.2e} ({name})")
    return is_well


def node_models():
    """Yields ONNX's node cases of the operators, with all inputs but the first as constants."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from onnx.backend.test.case.node import collect_testcases

        cases = collect_testcases(None)
    for case in cases:
        if case.model is None or not case.data_sets:
            continue
        nodes = case.model.graph.node
        if len(nodes) != 1 or nodes[0].op_type not in OPERATORS:
            continue
        model = onnx.ModelProto()
        model.CopyFrom(case.model)
        inputs, outputs = ([as_array(value) for value in values] for values in case.data_sets[0])
        if not all(isinstance(value, np.ndarray) for value in [*inputs, *outputs]):
            yield case.name, None, None, None, None
            continue
        values = list(model.graph.input)
        if nodes[0].op_type not in SHAPED and inputs and inputs[0].ndim == 1:
            # One row: the operator works element by element.
            shape = values[0].type.tensor_type.shape
            shape.dim.insert(0, onnx.TensorShapeProto.Dimension(dim_value=1))
            inputs[0], outputs[0] = inputs[0][np.newaxis], outputs[0][np.newaxis]
        for value, number in zip(values[1:], inputs[1:]):
            model.graph.initializer.append(numpy_helper.from_array(number, value.name))
            model.graph.input.remove(value)
        # A mask of dropout, for example: the first output is that of the case.
        del model.graph.output[1:]
        yield case.name, model, inputs[0] if inputs else None, outputs[0], case.rtol


def check_nodes(program, folder):
    passed, refused, wrong = [], [], []
    expected = {}
    for name, model, inputs, outputs, rtol in node_models():
        float_types = [TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.BFLOAT16]
        is_matrix = model is not None and inputs is not None and inputs.ndim >= 1 and inputs.size
        if not is_matrix or model.graph.input[0].type.tensor_type.elem_type not in float_types:
            refused.append((name, "no rows of floating-point numbers as input"))
            continue
        precision = "f64" if inputs.dtype == np.float64 else "f32"
        rows = inputs.astype(np.float64).reshape(inputs.shape[0], -1)
        onnx.save(model, folder / f"{name}.onnx")
        try:
            text = json.dumps({"precision": precision, "inputs": rows.tolist()}, allow_nan=False)
        except ValueError:
            (folder / f"{name}.onnx").unlink()
            refused.append((name, "inputs that are not finite"))
            continue
        (folder / f"{name}.json").write_text(text)
        expected[name] = (outputs, rtol)
    subprocess.run([program, "onnx", "read", folder], check=True)
    for name, (outputs, rtol) in expected.items():
        outcome = json.loads((folder / f"{name}.out.json").read_text())
        if "refused" in outcome:
            refused.append((name, outcome["refused"].split(": ", 1)[1]))
            continue
        found = np.array(outcome["outputs"])
        outputs = outputs.astype(np.float64)
        is_same = found.size == outputs.size and np.allclose(found.ravel(), outputs.ravel(), rtol=rtol, atol=1e-6)
        (passed if is_same else wrong).append((name, ""))
    print(f"onnx: {len(passed)} of the node cases pass, {len(refused)} are refused, {len(wrong)} are wrong")
    for name, _ in wrong:
        print(f"  wrong: {name}")
    if "--list" in sys.argv:
        print("  passed:", ", ".join(name for name, _ in passed))
        for name, reason in refused:
            print(f"  refused: {name}: {reason}")
    return not wrong


def verify(program):
    onnxruntime.set_default_logger_severity(3)
    with tempfile.TemporaryDirectory() as ours, tempfile.TemporaryDirectory() as cases:
        is_well = check_files(program, pathlib.Path(ours))
        return check_nodes(program, pathlib.Path(cases)) and is_well


if __name__ == "__main__":
    sys.exit(0 if verify(sys.argv[1]) else 1)
