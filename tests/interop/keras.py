"""Writes the files in keras/, with inputs and Keras' outputs beside them.

    KERAS_BACKEND=torch python tests/interop/keras.py

Packages: keras 3, torch (CPU), h5py, numpy. Every model comes as `.keras`, as `.weights.h5` or as `.h5`, or as more
than one of them; `cases.json` says which, with some rows of inputs and the outputs for them. HDF5 files are mostly
zeros, so each is gzipped: the tests unpack it.
"""

import gzip
import json
import os
import shutil
import struct
import sys
import tempfile
import warnings
import zipfile

# This script has the name of the package, and comes first on the path.
sys.path.pop(0)
os.environ["KERAS_BACKEND"] = "torch"
warnings.simplefilter("ignore")

import h5py
import keras
import numpy as np
from keras.src import backend
from keras.src.backend.common import dtypes

L = keras.layers
TARGET = os.path.join(os.path.dirname(os.path.abspath(__file__)), "keras")
FOLDER = tempfile.mkdtemp()
ROWS = 6
cases = []


def shaken(model, seed):
    """Gives every trained variable random numbers, so that no bias is zero."""
    random = np.random.default_rng(seed)
    for variable in model.trainable_variables:
        variable.assign(random.normal(0.0, 0.6, variable.shape))
    return model


def predict(model, inputs, precision):
    if precision != "f64":
        return keras.ops.convert_to_numpy(model(inputs, training=False)).astype("float64")
    # Keras 3 casts two matrices of float64 to float32 before it multiplies or normalizes them: `result_type` says so.
    kept = (backend.result_type, dtypes.result_type)
    backend.result_type = dtypes.result_type = lambda *_: "float64"
    outputs = keras.ops.convert_to_numpy(model(inputs, training=False))
    backend.result_type, dtypes.result_type = kept
    assert outputs.dtype == np.float64
    return outputs


def write(name, model, kinds, precision="f32", inputs=None, weights_only=False):
    random = np.random.default_rng(len(cases))
    shape = model.input_shape[1:]
    if inputs is None:
        # In single precision: a model rounds its inputs to it, also when its layers have double.
        inputs = random.normal(0.0, 1.5, (ROWS, *shape)).astype("float32")
    outputs = predict(model, inputs, precision)
    files = []
    for kind in kinds:
        file = f"{name}.{kind}"
        path = os.path.join(FOLDER, file)
        model.save_weights(path) if kind == "weights.h5" else model.save(path)
        files.append(file)
    cases.append(
        {
            "name": name,
            "files": files,
            "precision": precision,
            "inputs": inputs.reshape(len(inputs), -1).astype("float64").tolist(),
            "outputs": outputs.tolist(),
        }
    )


def train(model, rows=64, steps=5, seed=0):
    random = np.random.default_rng(seed)
    inputs = random.normal(3.0, 2.0, (rows, *model.input_shape[1:])).astype("float32")
    targets = random.normal(0.0, 1.0, (rows, *model.output_shape[1:])).astype("float32")
    model.compile(optimizer=keras.optimizers.Adam(0.05), loss="mse")
    model.fit(inputs, targets, epochs=steps, batch_size=32, verbose=0)
    return model


ALL = ["keras", "weights.h5", "h5"]

write("one_neuron", shaken(keras.Sequential([keras.Input((1,)), L.Dense(1)]), 1), ALL)
write("no_bias", shaken(keras.Sequential([keras.Input((3,)), L.Dense(4, "tanh", use_bias=False), L.Dense(2)]), 2), ALL)
write(
    "five_layers",
    shaken(
        keras.Sequential(
            [keras.Input((4,))]
            + [L.Dense(n, a) for n, a in [(6, "relu"), (5, "selu"), (7, "elu"), (3, "silu"), (3, "softmax")]]
        ),
        3,
    ),
    ALL,
)

# Every activation by its name, one behind the other through dense layers, so that one file has them all.
NAMES = (
    "elu gelu hard_sigmoid hard_silu hard_tanh leaky_relu linear mish relu relu6 selu sigmoid silu softplus softsign "
    "tanh log_softmax softmax swish hard_swish"
)
for precision in ["f32", "f64"]:
    dtype = "float32" if precision == "f32" else "float64"
    layers = [keras.Input((3,), dtype=dtype)]
    for name in NAMES.split():
        layers.append(L.Dense(3, name, dtype=dtype))
    layers.append(L.Activation("gelu", dtype=dtype))
    write(f"activations_{precision}", shaken(keras.Sequential(layers), 4), ["keras"], precision)

# Layers that are activations, and dense layers with a serialized object as activation.
write(
    "activation_layers",
    shaken(
        keras.Sequential(
            [
                keras.Input((3,)),
                L.Dense(4),
                L.ReLU(),
                L.Dense(4, activation=L.LeakyReLU(negative_slope=0.1)),
                L.LeakyReLU(),
                L.Dense(4),
                L.ELU(alpha=0.5),
                L.ReLU(max_value=6.0),
                L.ReLU(negative_slope=0.2),
                L.Activation("tanh"),
                L.Activation(keras.activations.mish),
                L.Identity(),
                L.Dense(3),
                L.Softmax(),
            ]
        ),
        6,
    ),
    ["keras", "h5"],
)

norms = keras.Sequential(
    [
        keras.Input((3,)),
        L.BatchNormalization(),
        L.Dense(5, "relu"),
        L.BatchNormalization(momentum=0.9, epsilon=1e-4, center=False),
        L.Dropout(0.25, seed=7),
        L.Dense(4),
        L.LayerNormalization(),
        L.LayerNormalization(epsilon=1e-2, scale=False),
        L.Dense(4),
        L.BatchNormalization(scale=False, center=False),
        L.LayerNormalization(scale=False, center=False),
        L.Dense(2),
    ]
)
write("norms", train(shaken(norms, 7)), ["keras", "h5"])
plain = [keras.Input((3,)), L.BatchNormalization(), L.Dense(4, "relu"), L.LayerNormalization(), L.Dropout(0.5)]
plain.append(L.Dense(2))
write("plain_norms", train(shaken(keras.Sequential(plain), 8)), ALL)

random = np.random.default_rng(9)
data = random.normal([10.0, -200.0, 0.5], [3.0, 50.0, 0.0], (50, 3)).astype("float32")
adapted, adapted_again = L.Normalization(), L.Normalization(axis=None)
adapted.adapt(data)
adapted_again.adapt(data / 100)
preprocessing = [
    keras.Input((3,)),
    L.Rescaling(0.01, offset=0.5),
    L.Rescaling([2.0, 3.0, 0.25], offset=[1.0, -1.0, 0.0]),
    L.Normalization(mean=[1.0, 2.0, 3.0], variance=[4.0, 1.0, 0.0]),
    L.Normalization(mean=[1.0, 2.0, 3.0], variance=[4.0, 1.0, 0.0], invert=True),
    L.Rescaling(100.0, offset=-50.0),
    L.Normalization(mean=0.5, variance=4.0, axis=None),
    L.Dense(2),
]
write("preprocessing", shaken(keras.Sequential(preprocessing), 10), ["keras", "h5"], inputs=data[:ROWS])
write(
    "adapted",
    shaken(keras.Sequential([keras.Input((3,)), adapted, L.Dense(4, "tanh"), L.Dense(2)]), 11),
    ALL,
    inputs=data[:ROWS],
)
write(
    "adapted_without_axis",
    shaken(keras.Sequential([keras.Input((3,)), adapted_again, L.Dense(2)]), 12),
    ["keras", "h5"],
    inputs=data[:ROWS] / 100,
)

image = [keras.Input((2, 3, 1)), L.Rescaling(1 / 255), L.Flatten(), L.Dense(3, "relu"), L.Reshape((3,)), L.Dense(2)]
pixels = random.uniform(0, 255, (ROWS, 2, 3, 1)).astype("float32")
write("image", shaken(keras.Sequential(image), 13), ALL, inputs=pixels)

late = keras.Sequential([L.Dense(3, "relu"), L.Dense(2)])
late.build((None, 4))
write("built_late", shaken(late, 14), ["keras", "h5"])
frozen = keras.Sequential([keras.Input((3,)), L.Dense(4, "relu", trainable=False), L.Dense(2)])
write("frozen", shaken(frozen, 15), ["keras", "h5"])

for dtype, precision in [("float64", "f64"), ("float16", "f16"), ("bfloat16", "bf16"), ("mixed_float16", "mixed")]:
    layers = [
        keras.Input((3,), dtype="float64" if dtype == "float64" else "float32"),
        L.Dense(4, "tanh", dtype=dtype),
        L.BatchNormalization(dtype=dtype),
        L.LayerNormalization(dtype=dtype),
        L.Dense(2, "sigmoid", dtype=dtype),
    ]
    model = shaken(keras.Sequential(layers), 16)
    kinds = ["keras"] if dtype == "bfloat16" else ["keras", "h5"]
    # Half precision is rounded after each step in Keras, not here: the same weights in single precision tell what
    # the outputs are without that.
    if precision in ("f16", "bf16", "mixed"):
        single = [keras.Input((3,)), L.Dense(4, "tanh"), L.BatchNormalization(), L.LayerNormalization()]
        single = keras.Sequential([*single, L.Dense(2, "sigmoid")])
        for target, source in zip(single.weights, model.weights):
            target.assign(keras.ops.convert_to_numpy(keras.ops.cast(source, "float32")))
        write(precision, model, kinds)
        inputs = np.asarray(cases[-1]["inputs"], "float32")
        cases[-1]["outputs"] = keras.ops.convert_to_numpy(single(inputs, training=False)).astype("float64").tolist()
    else:
        write(precision, model, kinds, precision)

# Keras 2 cannot be installed beside Keras 3: its layout, from the files of Keras 3 and the sources of Keras 2.15.
with h5py.File(os.path.join(FOLDER, "keras_2.h5"), "w") as file:
    model = shaken(
        keras.Sequential([keras.Input((3,)), L.Dense(4), L.BatchNormalization(), L.Dense(4), L.Dense(2)]), 17
    )
    config = [
        {"class_name": "InputLayer", "config": {"batch_input_shape": [None, 3], "name": "dense_input"}},
        {
            "class_name": "Dense",
            "config": {"name": "dense", "trainable": True, "units": 4, "activation": "hard_sigmoid", "use_bias": True},
        },
        {
            "class_name": "BatchNormalization",
            "config": {"name": "batch_normalization", "axis": [1], "momentum": 0.99, "epsilon": 0.001},
        },
        {"class_name": "LeakyReLU", "config": {"name": "leaky_re_lu", "alpha": 0.30000001192092896}},
        {"class_name": "Dense", "config": {"name": "dense_1", "units": 4, "activation": "linear"}},
        {"class_name": "Flatten", "config": {"name": "flatten", "data_format": "channels_last"}},
        {
            "class_name": "Dense",
            "config": {
                "name": "dense_2",
                "units": 2,
                "activation": {"class_name": "LeakyReLU", "config": {"name": "leaky_re_lu_1", "alpha": 0.125}},
            },
        },
    ]
    file.attrs["keras_version"] = np.bytes_("2.15.0")
    file.attrs["backend"] = np.bytes_("tensorflow")
    file.attrs["model_config"] = json.dumps(
        {"class_name": "Sequential", "config": {"name": "sequential", "layers": config}}
    ).encode()
    group = file.create_group("model_weights")
    names = [layer["config"]["name"] for layer in config[1:]]
    # A list that is too long for one attribute is cut into parts.
    group.attrs["layer_names0"] = np.array(names[:2], dtype="S")
    group.attrs["layer_names1"] = np.array(names[2:], dtype="S")
    kinds = {"dense": ["kernel:0", "bias:0"], "batch": ["gamma:0", "beta:0", "moving_mean:0", "moving_variance:0"]}
    weights = iter(model.get_weights())
    for name in names:
        layer = group.create_group(name)
        of_layer = [f"{name}/{kind}" for kind in kinds.get(name.split("_")[0], [])]
        layer.attrs["weight_names"] = np.array(of_layer, dtype="S") if of_layer else []
        for path in of_layer:
            layer.create_dataset(path, data=next(weights))
    inputs = np.random.default_rng(18).normal(0.0, 1.5, (ROWS, 3)).astype("float32")
    first, norm, second, third = model.layers
    hidden = norm(keras.ops.clip(0.2 * first(inputs) + 0.5, 0, 1), training=False)
    hidden = second(keras.activations.leaky_relu(hidden, 0.30000001192092896))
    outputs = keras.ops.convert_to_numpy(keras.activations.leaky_relu(third(hidden), 0.125)).astype("float64")
    cases.append(
        {
            "name": "keras_2",
            "files": ["keras_2.h5"],
            "precision": "f32",
            "inputs": inputs.astype("float64").tolist(),
            "outputs": outputs.tolist(),
        }
    )

# The newest layout of HDF5, which a program may ask for: other headers and links.
with h5py.File(os.path.join(FOLDER, "no_bias.weights.h5")) as source:
    path = os.path.join(FOLDER, "no_bias.latest.weights.h5")
    with h5py.File(path, "w", libver="latest") as target:
        for name in source:
            source.copy(source[name], target, name)
next(case for case in cases if case["name"] == "no_bias")["files"].append("no_bias.latest.weights.h5")

# An archive whose members are compressed.
with zipfile.ZipFile(os.path.join(FOLDER, "five_layers.keras")) as source:
    with zipfile.ZipFile(os.path.join(FOLDER, "five_layers_deflated.keras"), "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, source.read(name))
next(case for case in cases if case["name"] == "five_layers")["files"].append("five_layers_deflated.keras")


# Models that must be refused.
@keras.saving.register_keras_serializable()
def own_activation(x):
    return x * 2


doubled = keras.Sequential([keras.Input((2,)), L.Dense(2), L.Lambda(lambda x: x * 2)])
doubled.save(os.path.join(FOLDER, "refused_lambda.keras"))
keras.Sequential([keras.Input((2,)), L.Dense(2, own_activation)]).save(os.path.join(FOLDER, "refused_function.keras"))
inputs = keras.Input((2,))
keras.Model(inputs, L.Dense(2)(inputs)).save(os.path.join(FOLDER, "refused_functional.h5"))

small = shaken(keras.Sequential([keras.Input((2,)), L.Dense(2), L.Dense(1)]), 19)


def damage(name, change):
    """Writes a file of weights and lets `change` spoil it."""
    path = os.path.join(FOLDER, f"refused_{name}.weights.h5")
    small.save_weights(path)
    with h5py.File(path, "a") as file:
        change(file)


def replace_kernel(make):
    def change(file):
        group = file["layers/dense/vars"]
        del group["0"]
        make(group)

    return change


damage("nan", lambda file: file["layers/dense/vars/0"].__setitem__((1, 0), np.nan))
damage("cycle", lambda file: file["layers/dense"].__setitem__("loop", file["layers"]))
damage("alias", lambda file: file["layers/dense"].__setitem__("again", file["layers/dense_1"]))
damage("deep", lambda file: file.create_group("/".join(["layers"] + ["deeper"] * 50)))
damage("missing", lambda file: file["layers/dense/vars"].__delitem__("1"))
damage("unexpected", lambda file: file["layers/dense/vars"].__setitem__("2", np.zeros(3, "float32")))
damage("misshapen", replace_kernel(lambda group: group.create_dataset("0", data=np.zeros((3, 2), "float32"))))
damage("integers", replace_kernel(lambda group: group.create_dataset("0", data=np.zeros((2, 2), "int8"))))
damage("strings", replace_kernel(lambda group: group.create_dataset("0", data=np.array([["a", "b"]] * 2, "S1"))))
damage("big_endian", replace_kernel(lambda group: group.create_dataset("0", data=np.zeros((2, 2), ">f4"))))
damage(
    "chunks",
    replace_kernel(
        lambda group: group.create_dataset("0", data=np.zeros((2, 2), "f4"), chunks=(1, 2), compression="gzip")
    ),
)
damage("soft_link", replace_kernel(lambda group: group.__setitem__("0", h5py.SoftLink("/layers/dense/vars/1"))))
damage("external_link", replace_kernel(lambda group: group.__setitem__("0", h5py.ExternalLink("other.h5", "/x"))))
damage(
    "external_data",
    replace_kernel(lambda group: group.create_dataset("0", (2, 2), "float32", external=[("other.bin", 0, 16)])),
)
damage("never_written", replace_kernel(lambda group: group.create_dataset("0", (2, 2), "float32")))

# Every name is the same string of 100,000 letters: read one by one, they take 390 MB.
path = os.path.join(FOLDER, "refused_names.h5")
with h5py.File(path, "w") as file:
    file.attrs["model_config"] = "x" * 100_000
    group = file.create_group("model_weights")
    group.attrs["layer_names"] = np.array(["abc"] * 3900, dtype=object)
with open(path, "rb") as file:
    content = bytearray(file.read())
at = content.find(struct.pack("<I", 100_000))
reference, length = bytes(content[at : at + 16]), struct.pack("<I", 3)
at = content.find(length)
while at >= 0:
    address, index = struct.unpack("<QI", content[at + 4 : at + 16])
    if content[address : address + 4] == b"GCOL" and 0 < index < 5000:
        content[at : at + 16] = reference
    at = content.find(length, at + 1)
with open(path, "wb") as file:
    file.write(content)

os.makedirs(TARGET, exist_ok=True)
for name in os.listdir(FOLDER):
    with open(os.path.join(FOLDER, name), "rb") as source, open(os.path.join(TARGET, name + ".gz"), "wb") as packed:
        with gzip.GzipFile("", "wb", mtime=0, fileobj=packed) as target:
            target.write(source.read())
shutil.rmtree(FOLDER)
with open(os.path.join(TARGET, "cases.json"), "w") as file:
    json.dump(cases, file, indent=None, separators=(",", ":"))
    file.write("\n")
total = sum(os.path.getsize(os.path.join(TARGET, name)) for name in os.listdir(TARGET))
print(f"{len(cases)} models, {len(os.listdir(TARGET))} files, {total} bytes", file=sys.stderr)
