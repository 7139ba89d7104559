"""Prints what ten seeds make of the classic experiment on all of Fashion-MNIST, epoch by epoch, as a table."""

from __future__ import annotations

import numpy as np

from nnwidgets import FashionTrainer, load_fashion_mnist

SEEDS = 10


def main() -> None:
    data = load_fashion_mnist(source="full")
    losses, accuracies = [], []
    for seed in range(SEEDS):
        trainer = FashionTrainer(data, seed=seed)
        trainer.train(epochs=10)
        trainer.wait()
        losses.append(trainer.history.loss)
        accuracies.append(100 * trainer.history.accuracy)
        trainer.close()
    print("| epoch | mean loss, least to greatest | median | accuracy %, least to greatest | median |")
    print("|---|---|---|---|---|")
    for epoch, (loss, accuracy) in enumerate(zip(np.transpose(losses), np.transpose(accuracies), strict=True), 1):
        print(
            f"| {epoch} | {loss.min():.3f} to {loss.max():.3f} | {np.median(loss):.3f} "
            f"| {accuracy.min():.1f} to {accuracy.max():.1f} | {np.median(accuracy):.1f} |"
        )


if __name__ == "__main__":
    main()
