"""Networks to look at that need no data of the reader's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from nnwidgets.fashion import FASHION_CLASSES, load_fashion_mnist
from nnwidgets.networks import build_mlp

SAMPLES = 8
_CLASSES = len(FASHION_CLASSES)
_WORDS = 1_000
_TOKENS = 16
_FEATURES = 64


def example(name: str) -> tuple[nn.Module, torch.Tensor, str]:
    """A model in evaluation mode, an input for it, and what it is in a few words.

    The weights are those of seed 0; PyTorch's own generator is neither used nor changed.

    Args:
        name: "dense", "convolutional", "residual", "transformer" or "recurrent".

    Raises:
        ValueError: there is none of that name.

    Example:
        >>> from nnwidgets.networks import count_parameters
        >>> model, x, label = example("dense")
        >>> tuple(x.shape), count_parameters(model), label
        ((8, 1, 28, 28), 55050, '784-64-64-10')
    """
    if name not in _EXAMPLES:
        raise ValueError(f"there is no example {name!r}; there are {', '.join(map(repr, _EXAMPLES))}")
    build, sample, label = _EXAMPLES[name]
    with _Seeded(0):
        model = build()
    return model.eval(), sample(), label


class _Seeded(TorchFunctionMode):
    """Lets initial weights be drawn from a generator of their own: as after ``torch.manual_seed``, in this thread only.

    Args:
        seed: of that generator.
    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._generator = torch.Generator().manual_seed(seed)

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Called in place of every function of PyTorch."""
        kwargs = dict(kwargs or {})
        if getattr(func, "__name__", "").endswith(("uniform_", "normal_")):
            kwargs["generator"] = self._generator
        return func(*args, **kwargs)


def _dense() -> nn.Module:
    return build_mlp(784, (64, 64), _CLASSES, activation="relu", output_activation=None, flatten=True, seed=0)


class ConvolutionalNetwork(nn.Module):
    """Two blocks of a convolution, normalisation and pooling each, and a classifier."""

    def __init__(self) -> None:
        super().__init__()
        self.block1 = _block(1, 8)
        self.block2 = _block(8, 16)
        self.classifier = nn.Sequential(
            nn.Flatten(), nn.Dropout(0.25), nn.Linear(16 * 7 * 7, 32), nn.ReLU(), nn.Linear(32, _CLASSES)
        )

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Logits `(n, 10)` of images `(n, 1, 28, 28)`."""
        logits: torch.Tensor = self.classifier(self.block2(self.block1(images)))
        return logits


def _block(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(), nn.MaxPool2d(2)
    )  # fmt: skip


class ResidualBlock(nn.Module):
    """Two convolutions; what comes in is added to what they make of it."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU()
        self.downsample: nn.Module | None = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )  # fmt: skip

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Maps `(n, outputs, …)` of maps `(n, inputs, …)`."""
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        shortcut = x if self.downsample is None else self.downsample(x)
        result: torch.Tensor = self.relu(out + shortcut)
        return result


class ResidualNetwork(nn.Module):
    """A small ResNet (He et al., 2015, https://arxiv.org/abs/1512.03385)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU())
        self.stage1 = ResidualBlock(8, 8)
        self.stage2 = ResidualBlock(8, 16, stride=2)
        self.stage3 = ResidualBlock(16, 32, stride=2)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(32, _CLASSES)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Logits `(n, 10)` of images `(n, 1, 28, 28)`."""
        maps = self.stage3(self.stage2(self.stage1(self.stem(images))))
        logits: torch.Tensor = self.fc(torch.flatten(self.pool(maps), 1))
        return logits


class DecoderBlock(nn.Module):
    """Attention to what came before, and two layers by token, each added to what comes in."""

    def __init__(self, features: int, heads: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(features)
        self.attention = nn.MultiheadAttention(features, heads, batch_first=True)
        self.norm2 = nn.LayerNorm(features)
        self.mlp = nn.Sequential(nn.Linear(features, 4 * features), nn.GELU(), nn.Linear(4 * features, features))

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Tokens `(n, length, features)`, `mask` `(length, length)` True where a token must not look."""
        normed = self.norm1(x)
        attended, _ = self.attention(normed, normed, normed, attn_mask=mask, need_weights=False)
        x = x + attended
        result: torch.Tensor = x + self.mlp(self.norm2(x))
        return result


class TransformerLanguageModel(nn.Module):
    """A small decoder in the manner of GPT-2, whose output layer shares the weight of its embedding."""

    def __init__(self, words: int = _WORDS, length: int = _TOKENS, features: int = _FEATURES, blocks: int = 2) -> None:
        super().__init__()
        self.token_embedding = nn.Embedding(words, features)
        self.position_embedding = nn.Embedding(length, features)
        self.blocks = nn.ModuleList(DecoderBlock(features, heads=4) for _ in range(blocks))
        self.norm = nn.LayerNorm(features)
        self.head = nn.Linear(features, words, bias=False)
        self.head.weight = self.token_embedding.weight

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Logits `(n, length, words)` of the next token, of tokens `(n, length)` int64."""
        length = tokens.shape[1]
        positions = torch.arange(length, device=tokens.device)
        mask = torch.ones(length, length, dtype=torch.bool, device=tokens.device).triu(1)
        x = self.token_embedding(tokens) + self.position_embedding(positions)
        for block in self.blocks:
            x = block(x, mask)
        logits: torch.Tensor = self.head(self.norm(x))
        return logits


class RecurrentLanguageModel(nn.Module):
    """An LSTM between an embedding and an output layer."""

    def __init__(self, words: int = _WORDS, features: int = _FEATURES, units: int = 128) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, features)
        self.lstm = nn.LSTM(features, units, batch_first=True)
        self.head = nn.Linear(units, words)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Logits `(n, length, words)` of the next token, of tokens `(n, length)` int64."""
        states, _ = self.lstm(self.embedding(tokens))
        logits: torch.Tensor = self.head(states)
        return logits


def _images() -> torch.Tensor:
    return load_fashion_mnist(source="bundled", download=False).tensor("x_test")[:SAMPLES] / 255


def _tokens() -> torch.Tensor:
    return torch.randint(_WORDS, (SAMPLES, _TOKENS), generator=torch.Generator().manual_seed(0))


_EXAMPLES: dict[str, tuple[Callable[[], nn.Module], Callable[[], torch.Tensor], str]] = {
    "dense": (_dense, _images, "784-64-64-10"),
    "convolutional": (ConvolutionalNetwork, _images, "two blocks of convolutions"),
    "residual": (ResidualNetwork, _images, "a small ResNet"),
    "transformer": (TransformerLanguageModel, _tokens, "a small decoder, tied weights"),
    "recurrent": (RecurrentLanguageModel, _tokens, "an LSTM that predicts words"),
}
