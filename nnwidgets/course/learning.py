"""Exercises of the fourth notebook: how a network learns."""
