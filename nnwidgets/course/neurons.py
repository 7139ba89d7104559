"""Exercises of the second notebook: from the neuron to the perceptron, and beyond it."""
