"""Runs turned into something that stands on its own."""
