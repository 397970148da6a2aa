"""scikit-learn: MLPRegressor, one `partial_fit` on the whole batch a step.

Its outputs are the identity always, and its loss is half the mean squared error with gradient (p - t) / rows where ours
is 2 (p - t) / (rows * columns). The rate (for Adam epsilon) is scaled so that the step is the same.
"""

import numpy
from sklearn.neural_network import MLPRegressor

import common

ACTIVATIONS = {"relu": "relu", "sigmoid": "logistic", "tanh": "tanh"}


class Sklearn:
    # The number of threads is the one the BLAS finds in the environment.
    def __init__(self, configuration, threads):
        scale = configuration.sizes[-1] / 2
        adam = configuration.optimizer == "adam"
        self.network = MLPRegressor(
            hidden_layer_sizes=configuration.sizes[1:-1],
            activation=ACTIVATIONS[configuration.hidden],
            solver="adam" if adam else "sgd",
            learning_rate_init=configuration.rate if adam else configuration.rate / scale,
            epsilon=common.EPSILON * scale,
            momentum=common.MOMENTUM,
            nesterovs_momentum=False,
            alpha=0,
            batch_size=configuration.batch,
            shuffle=False,
        )
        self.x, self.targets = configuration.inputs(), configuration.targets()
        if configuration.sizes[-1] == 1:
            self.targets = self.targets.ravel()
        # It makes its parameters when it first sees data: they are replaced after that.
        self.train(1)
        del self.network._optimizer
        for index, layer in enumerate(configuration.layers()):
            self.network.coefs_[index][...] = layer.weight
            self.network.intercepts_[index][...] = layer.bias
        self.inputs = {"row": self.x[:1].copy(), "batch": self.x}

    def train(self, count):
        for _ in range(count):
            self.network.partial_fit(self.x, self.targets)

    def predict(self, rows, count):
        for _ in range(count):
            self.network.predict(self.inputs[rows])

    def outputs(self, rows):
        outputs = self.network.predict(self.inputs[rows])
        assert outputs.dtype == numpy.float32
        return outputs.reshape(len(self.inputs[rows]), -1)


if __name__ == "__main__":
    common.main(Sklearn)
