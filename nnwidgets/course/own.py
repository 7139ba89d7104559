"""Exercises of the eighth notebook: networks and data of one's own."""
