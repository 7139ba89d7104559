"""Exercises of the seventh notebook: ten kinds of clothes."""
