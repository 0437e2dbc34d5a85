"""Starting weights as Keras draws them, for networks of papers that used Keras."""

from __future__ import annotations

import torch
from torch import nn

__all__ = ["keras_start"]


def keras_start(network: nn.Module) -> None:
    """Glorot-uniform kernels, orthogonal recurrent kernels, biases 0 (an LSTM's forget gate 1).

    Glorot, Bengio 2010, https://proceedings.mlr.press/v9/glorot10a.html; https://keras.io/api/layers/initializers/
    """
    for module in network.modules():
        if isinstance(module, nn.Linear | nn.Conv1d | nn.Conv2d):
            nn.init.xavier_uniform_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.LSTM | nn.GRU):
            for name, weight in module.named_parameters():
                if name.startswith("bias"):
                    nn.init.zeros_(weight)
                elif name.startswith("weight_hh"):
                    nn.init.orthogonal_(weight)
                else:
                    nn.init.xavier_uniform_(weight)
            if isinstance(module, nn.LSTM):
                with torch.no_grad():
                    for name, weight in module.named_parameters():
                        if name.startswith("bias_ih"):
                            weight[module.hidden_size : 2 * module.hidden_size] = (
                                1  # gates: input, forget, cell, output
                            )
