"""A network taken apart: what it is made of, in order of execution, and what is inside of its layers."""
