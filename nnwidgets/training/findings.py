"""What a diagnosis consists of."""

from __future__ import annotations

from dataclasses import dataclass

# From what explains the most to what explains the least: a learning rate that is too large also saturates neurons, and
# a layer that is all alike cannot fit either.
KINDS = (
    "diverged",
    "inseparable",
    "symmetric",
    "overfitting",
    "learning_rate",
    "dead",
    "saturated",
    "vanishing",
    "underfitting",
    "hardest",
)


@dataclass(frozen=True, repr=False)
class Finding:
    """Something that is wrong with a run, as it was measured.

    Attributes:
        kind: one of `KINDS`: "diverged"; "inseparable" for classes that no line separates, so that Rosenblatt's rule
            goes on for ever; "symmetric" for neurons that cannot become different; "overfitting";
            "learning_rate" for one that is too large, so that the loss bounces or has become worse; "dead" for ReLU
            neurons that are 0 for every training point; "saturated" for tanh and sigmoid neurons at their bounds;
            "vanishing" for gradients that do not reach the first layer; "underfitting"; "hardest" for the class of
            images that is most often taken for others, which is nothing wrong.
        title: what it is and where, in a few words that end in a colon.
        text: what was measured, with its numbers.
        advice: what may help.
        neurons: those that it is about, as (layer, unit) from 0, layer 0 being the first hidden one.
        epoch: one that is worth going back to, if any.
        class_: number of the class that it is about, if any.

    Example:
        >>> finding = Finding("dead", "A dead neuron:", "it is 0 for all 500 training points.", "Try leaky ReLU.")
        >>> finding
        <dead: A dead neuron: it is 0 for all 500 training points. Try leaky ReLU.>
    """

    kind: str
    title: str
    text: str
    advice: str
    neurons: tuple[tuple[int, int], ...] = ()
    epoch: int | None = None
    class_: int | None = None

    def __str__(self) -> str:
        return f"{self.title} {self.text} {self.advice}".rstrip()

    def __repr__(self) -> str:
        return f"<{self.kind}: {self}>"


def amount(value: float) -> str:
    """A number with three digits that mean something, as it is written on screen."""
    return f"{value:.3g}".replace("-", "−")


def plural(count: int, noun: str) -> str:
    """A number with its noun."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
