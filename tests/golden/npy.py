"""Writes npy.npz, an archive of .npy files as NumPy writes them, and npy.json, the numbers that are in them.

    python npy.py

Names: `read-*` hold numbers, `refused-*` something else, `written-*` is what `numpy.save` makes of a matrix. `x_train` and
`y_train` are as in the mnist.npz of Keras: images of bytes with three axes, labels with one.
"""

import io
import json
import zipfile

import numpy

SHAPES = {1: (5,), 2: (2, 3), 3: (2, 3, 2), 4: (2, 2, 1, 3)}
DTYPES = ["b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"]


def numbers(dtype, count):
    """Returns numbers that reach the ends of their type and need all of their bytes."""
    if dtype == "b1":
        return numpy.arange(count) % 3 == 1
    if dtype[0] == "f":
        ends = [numpy.finfo(dtype).max, numpy.finfo(dtype).smallest_subnormal, -numpy.finfo(dtype).eps]
        values = numpy.array([-1.5, 1 / 3, *ends], dtype=dtype)
    else:
        info = numpy.iinfo(dtype)
        values = numpy.array([info.min, info.max, 1, info.max // 3, info.max // 5], dtype=dtype)
    return numpy.resize(values, count)


def as_rows(array):
    rows = array.reshape(array.shape[0] if array.ndim else 1, -1)
    return [[float(value) for value in row] for row in rows]


def npy(array, version=None, allow_pickle=False):
    file = io.BytesIO()
    numpy.lib.format.write_array(file, array, version=version, allow_pickle=allow_pickle)
    return file.getvalue()


files, expected = {}, {}
for dtype in DTYPES:
    for order in "<>":
        for layout in "CF":
            for axes, shape in SHAPES.items():
                values = numbers(dtype, int(numpy.prod(shape)))
                array = numpy.asarray(values.reshape(shape), dtype=order + dtype, order=layout)
                name = f"read-{'little' if order == '<' else 'big'}-{dtype}-{layout}-{axes}"
                files[name], expected[name] = npy(array), as_rows(array)
for version in [(1, 0), (2, 0), (3, 0)]:
    array = numpy.array([[1.5, -2.0], [0.25, 4.0]])
    name = f"read-version-{version[0]}"
    files[name], expected[name] = npy(array, version), as_rows(array)
files["read-scalar"], expected["read-scalar"] = npy(numpy.array(2.5)), [[2.5]]

structured = numpy.zeros(2, dtype=[("a", "<f4"), ("b", "<i4")])
for name, array in {
    "bytes": numpy.array([b"one", b"two"]),
    "strings": numpy.array(["one", "two"]),
    "objects": numpy.array([None, 1.0], dtype=object),
    "structured": structured,
    "raw": numpy.zeros(2, dtype="V3"),
    "complex": numpy.array([1 + 2j]),
    "dates": numpy.array(["2020-01-01"], dtype="datetime64[D]"),
    "spans": numpy.array([1], dtype="timedelta64[s]"),
    "long": numpy.array([1.0], dtype=numpy.longdouble),
    "axes": numpy.zeros((1, 1, 1, 1, 1)),
    "empty": numpy.zeros((0, 3)),
    "columnless": numpy.zeros((3, 0)),
    "nan": numpy.array([[1.0, 2.0], [numpy.nan, 3.0]]),
    "infinite": numpy.asfortranarray(numpy.array([[1.0, 2.0, -numpy.inf], [4.0, 5.0, 3.0]])),
}.items():
    files[f"refused-{name}"] = npy(array, allow_pickle=True)
for dtype in ["<f4", "<f8"]:
    for rows, columns in [(2, 3), (1, 1), (12345, 1), (1, 100)]:
        array = (numpy.arange(rows * columns) * 0.5 - 1).reshape(rows, columns).astype(dtype)
        files[f"written-{dtype[1:]}-{rows}-{columns}"] = npy(array)
images = (numpy.arange(3 * 28 * 28) % 251).astype("uint8").reshape(3, 28, 28)
files["x_train"], expected["x_train"] = npy(images), as_rows(images)
files["y_train"], expected["y_train"] = npy(numpy.array([5, 0, 4], dtype="uint8")), [[5.0], [0.0], [4.0]]

with zipfile.ZipFile("npy.npz", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
    for name, content in files.items():
        archive.writestr(zipfile.ZipInfo(name + ".npy"), content, zipfile.ZIP_DEFLATED)
with open("npy.json", "w") as file:
    json.dump(expected, file)
    file.write("\n")
