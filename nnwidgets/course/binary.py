"""Exercises of the sixth notebook: two classes, from the data to the decision boundary."""
