"""The engine room: it trains, remembers and measures, and knows nothing of widgets or notebooks.

The one way through it: a `Command` is put on the queue of a `TrainingLoop`, which between two steps
lets it change its `Experiment`; an `Engine` runs the steps; `History` remembers them; a probe takes
a `Snapshot` when somebody wants to look.
"""
