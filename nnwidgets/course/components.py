"""Exercises of the third notebook: what a network is made of."""
