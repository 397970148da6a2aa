"""JAX: the whole step compiled, parameters and velocities updated in place (donated)."""

import os

os.environ.setdefault("JAX_PLATFORMS", "cpu")

from functools import partial

import jax
import jax.numpy as jnp
import numpy

import common

ACTIVATIONS = {"identity": lambda x: x, "relu": jax.nn.relu, "sigmoid": jax.nn.sigmoid, "tanh": jnp.tanh}


class Jax:
    # The number of threads is the number of cores this process may run on.
    def __init__(self, configuration, threads):
        layers = configuration.layers()
        activations = [layer.activation for layer in layers]
        parameters = [(jnp.array(layer.weight), jnp.array(layer.bias)) for layer in layers]

        def forward(parameters, x):
            for (weight, bias), activation in zip(parameters, activations):
                x = ACTIVATIONS[activation](x @ weight + bias)
            return x

        def loss(parameters, inputs, targets):
            return jnp.mean((forward(parameters, inputs) - targets) ** 2)

        @partial(jax.jit, donate_argnums=(0, 1))
        def step(parameters, state, inputs, targets):
            value, gradients = jax.value_and_grad(loss)(parameters, inputs, targets)
            parameters, state = update(parameters, state, gradients)
            return parameters, state, value

        update, self.state = optimizer(configuration, parameters)
        self.parameters, self.step, self.forward = parameters, step, jax.jit(forward)
        inputs = configuration.inputs()
        self.inputs = {"row": jnp.array(inputs[:1]), "batch": jnp.array(inputs)}
        self.targets = jnp.array(configuration.targets())

    def train(self, count):
        parameters, state, inputs = self.parameters, self.state, self.inputs["batch"]
        for _ in range(count):
            parameters, state, value = self.step(parameters, state, inputs, self.targets)
        # Each step needs the one before, so this waits for all.
        jax.block_until_ready((parameters, state, value))
        self.parameters, self.state = parameters, state

    def predict(self, rows, count):
        inputs = self.inputs[rows]
        for _ in range(count):
            self.forward(self.parameters, inputs).block_until_ready()

    def outputs(self, rows):
        return numpy.asarray(self.forward(self.parameters, self.inputs[rows]))


def optimizer(configuration, parameters):
    """The update of the parameters, and the state it starts from."""
    rate, tree = configuration.rate, jax.tree.map

    def momentum(parameters, velocities, gradients):
        velocities = tree(lambda velocity, gradient: common.MOMENTUM * velocity + gradient, velocities, gradients)
        return tree(lambda parameter, velocity: parameter - rate * velocity, parameters, velocities), velocities

    def adam(parameters, state, gradients):
        first, second, time = state
        (beta1, beta2), time = common.BETAS, time + 1
        first = tree(lambda mean, gradient: beta1 * mean + (1 - beta1) * gradient, first, gradients)
        second = tree(lambda mean, gradient: beta2 * mean + (1 - beta2) * gradient**2, second, gradients)

        def moved(parameter, first, second):
            first, second = first / (1 - beta1**time), second / (1 - beta2**time)
            return parameter - rate * first / (jnp.sqrt(second) + common.EPSILON)

        return tree(moved, parameters, first, second), (first, second, time)

    # Each its own, as donated memory must not be shared.
    def zeros():
        return tree(jnp.zeros_like, parameters)

    if configuration.optimizer == "momentum":
        return momentum, zeros()
    return adam, (zeros(), zeros(), jnp.float32(0))


if __name__ == "__main__":
    common.main(Jax)
