"""Exercises of the fifth notebook: the chain rule, number by number."""
