"""What the Python peers share: the configurations, the numbers to start from, the clock and the command line."""

import argparse
import json
import math
import pathlib
import statistics
import time
from dataclasses import dataclass

import numpy

CONFIGURATIONS = json.loads((pathlib.Path(__file__).parent / "configurations.json").read_text())
RATES = {"momentum": 0.01, "adam": 0.001}
MOMENTUM = 0.9
BETAS = (0.9, 0.999)
EPSILON = 1e-8

# Long enough that reading the clock does not count.
SAMPLE_SECONDS = 100e-6


@dataclass
class Layer:
    """A layer before the first step; the weight has shape (inputs, outputs)."""

    weight: numpy.ndarray
    bias: numpy.ndarray
    activation: str


class Configuration:
    """One of configurations.json, with its data."""

    def __init__(self, name):
        values = next(values for values in CONFIGURATIONS if values["name"] == name)
        self.sizes, self.batch = values["sizes"], values["batch"]
        self.hidden, self.output, self.optimizer = values["hidden"], values["output"], values["optimizer"]
        self.rate = RATES[self.optimizer]

    def layers(self):
        pairs = list(zip(self.sizes, self.sizes[1:]))
        layers = []
        for index, (inputs, outputs) in enumerate(pairs):
            limit = math.sqrt(6 / (inputs + outputs))
            stream = 2 + 2 * index
            layers.append(
                Layer(
                    weight=numbers(stream, inputs * outputs, limit).reshape(inputs, outputs),
                    bias=numbers(stream + 1, outputs, 0.1),
                    activation=self.output if index == len(pairs) - 1 else self.hidden,
                )
            )
        return layers

    def inputs(self):
        return numbers(0, self.batch * self.sizes[0], 1).reshape(self.batch, -1)

    def targets(self):
        """In [0, 1), which a sigmoid can reach."""
        return numbers(1, self.batch * self.sizes[-1], 0.5).reshape(self.batch, -1) + numpy.float32(0.5)


def numbers(stream, count, limit):
    """Numbers in [-limit, limit), the same to the last bit as in configuration.rs."""
    bits = mix((numpy.uint64(stream) << numpy.uint64(32)) + numpy.arange(count, dtype=numpy.uint64)) >> numpy.uint64(40)
    return (bits.astype(numpy.float32) / numpy.float32(1 << 23) - numpy.float32(1)) * numpy.float32(limit)


def mix(counter):
    """The bits of counters, well mixed (SplitMix64)."""
    bits = counter * numpy.uint64(0x9E3779B97F4A7C15)
    bits = (bits ^ (bits >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> numpy.uint64(31))


def measure(seconds, steps):
    """Repeats for some seconds: minimum and median in microseconds a step.

    `steps(count)` does that many and returns when the last of them is done.
    """
    steps(1)
    start, fastest = time.perf_counter(), float("inf")
    while time.perf_counter() - start < seconds / 5:
        sample = time.perf_counter()
        steps(1)
        fastest = min(fastest, time.perf_counter() - sample)
    count = int(SAMPLE_SECONDS / fastest) + 1
    samples, start = [], time.perf_counter()
    while time.perf_counter() - start < seconds or len(samples) < 3:
        sample = time.perf_counter()
        steps(count)
        samples.append((time.perf_counter() - sample) * 1e6 / count)
    return {"minimum": min(samples), "median": statistics.median(samples)}


def check(peer, targets):
    """The losses before and after each of three steps, and the first row predicted by itself after them."""
    losses = []
    for step in range(4):
        if step:
            peer.train(1)
        difference = peer.outputs("batch") - targets
        losses.append(float(numpy.mean(difference.astype(numpy.float64) ** 2)))
    return {"losses": losses, "row": peer.outputs("row").ravel().tolist()}


def main(*variants):
    """Runs the command line of a peer.

    Each variant, a function of the configuration and the number of threads, makes a peer with `train(count)`,
    `predict(rows, count)` and `outputs(rows)`, rows being "row" or "batch". The fastest variant counts.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--configuration", required=True)
    parser.add_argument("--seconds", type=float, default=0.3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    configuration = Configuration(arguments.configuration)
    if arguments.check:
        # All variants have to take the same step.
        checks = [check(variant(configuration, arguments.threads), configuration.targets()) for variant in variants]
        print(json.dumps({"variants": checks}))
        return
    peers = [variant(configuration, arguments.threads) for variant in variants]
    seconds = arguments.seconds
    # Variants differ in their training step only.
    trainings = [measure(seconds / len(peers), peer.train) for peer in peers]
    results = {"train": min(trainings, key=lambda result: result["minimum"])}
    for rows in ("row", "batch"):
        results[rows] = measure(seconds, lambda count: peers[0].predict(rows, count))
    print(json.dumps(results))
