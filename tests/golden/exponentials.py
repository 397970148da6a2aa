"""Writes exponentials.json: exp, sigmoid and tanh with 40 digits (mpmath), each as the nearest double and what is left."""

import json
import pathlib
import random

from mpmath import exp, expm1, mp, mpf

mp.dps = 60
random.seed(1)


def parts(value):
    high = float(value)
    return [high, float(value - mpf(high))]


def row(x):
    m = mpf(x)
    sigmoid = 1 / (1 + exp(-m))
    # tanh from expm1 keeps its digits near 0.
    tanh = expm1(2 * m) / (expm1(2 * m) + 2)
    return [x, *parts(exp(m)), *parts(sigmoid), *parts(tanh)]


points = [sign * 10.0**power for power in (-300, -20, -8, -3, -1, 0, 1, 2) for sign in (-1, 1)]
points += [random.uniform(-1, 1) for _ in range(150)]
points += [random.uniform(-20, 20) for _ in range(150)]
points += [random.uniform(-744, 709) for _ in range(80)]
points += [random.uniform(-0.7, 0.7) * 2.0 ** -random.randint(0, 40) for _ in range(80)]
points += [709.78, -708.39, -708.4, -744.4, -745.13]
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text("[\n" + ",\n".join(json.dumps(row(x)) for x in points) + "\n]\n")
