"""PyTorch, eager, with its optimizer in both of its fast forms."""

import torch
from torch import nn

import common

ACTIVATIONS = {"identity": nn.Identity, "relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}


class Torch:
    def __init__(self, configuration, threads, **form):
        torch.set_num_threads(threads)
        modules = []
        for layer in configuration.layers():
            linear = nn.Linear(*layer.weight.shape)
            with torch.no_grad():
                linear.weight.copy_(torch.from_numpy(layer.weight.T))
                linear.bias.copy_(torch.from_numpy(layer.bias))
            modules.append(linear)
            if layer.activation != "identity":
                modules.append(ACTIVATIONS[layer.activation]())
        self.network = nn.Sequential(*modules)
        self.loss = nn.MSELoss()
        parameters = self.network.parameters()
        if configuration.optimizer == "momentum":
            self.optimizer = torch.optim.SGD(parameters, lr=configuration.rate, momentum=common.MOMENTUM, **form)
        else:
            self.optimizer = torch.optim.Adam(
                parameters, lr=configuration.rate, betas=common.BETAS, eps=common.EPSILON, **form
            )
        inputs = torch.from_numpy(configuration.inputs())
        self.inputs = {"row": inputs[:1].clone(), "batch": inputs}
        self.targets = torch.from_numpy(configuration.targets())

    def train(self, count):
        for _ in range(count):
            self.optimizer.zero_grad(set_to_none=True)
            self.loss(self.network(self.inputs["batch"]), self.targets).backward()
            self.optimizer.step()

    @torch.inference_mode()
    def predict(self, rows, count):
        inputs = self.inputs[rows]
        for _ in range(count):
            self.network(inputs)

    @torch.inference_mode()
    def outputs(self, rows):
        return self.network(self.inputs[rows]).numpy()


def foreach(configuration, threads):
    return Torch(configuration, threads, foreach=True)


def fused(configuration, threads):
    return Torch(configuration, threads, fused=True)


if __name__ == "__main__":
    common.main(foreach, fused)
