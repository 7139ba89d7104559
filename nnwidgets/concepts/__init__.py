"""The mathematics of the explorers, with NumPy alone; `js/src/concepts` says the same in the browser."""
