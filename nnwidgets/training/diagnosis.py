"""What is wrong with a run, measured and said in words; of a run that is well nothing is said."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from nnwidgets.networks import NetworkGraph, read_network
from nnwidgets.training.course import course_findings
from nnwidgets.training.findings import KINDS, Finding, amount, plural
from nnwidgets.training.mistakes import hardest_class
from nnwidgets.training.neurons import neuron_findings
from nnwidgets.training.perceptron import is_rule, perceptron_findings

if TYPE_CHECKING:
    from nnwidgets.training.experiment import Experiment
    from nnwidgets.training.history import History
    from nnwidgets.training.loop import TrainingLoop

__all__ = ["KINDS", "Finding", "diagnose", "diagnose_run"]


def diagnose(
    experiment: Experiment,
    history: History,
    *,
    error: BaseException | None = None,
    since: int = 0,
    recent: bool = False,
) -> tuple[Finding, ...]:
    """Measure a run where it stands; the most important finding first, none where all is well.

    Neurons are looked at where the network is a chain of layers; of any other module only the losses are.

    Args:
        experiment: model and data; between two steps, in the thread that trains.
        history: its epochs; those after the place where the experiment stands do not count.
        error: what a run that diverged ended with.
        since: the step of the last change, for losses from before it are not comparable.
        recent: whether what the test set was some steps ago will do.

    Example:
        >>> from nnwidgets.training import commands as c
        >>> from nnwidgets.training.experiment import Experiment
        >>> from nnwidgets.training.loop import TrainingLoop
        >>> from nnwidgets.training.settings import NetworkSpec, Settings
        >>> from nnwidgets.datasets import make_planar
        >>> settings = Settings(make_planar("xor"), NetworkSpec((3,), initialiser="zeros"))
        >>> loop = TrainingLoop(Experiment(settings))
        >>> loop.call(c.Train(epochs=5))
        >>> loop.wait()
        >>> [finding.kind for finding in diagnose(loop.experiment, loop.history)]
        ['symmetric']
    """
    if error is not None:
        return (diverged(experiment, error),)
    if is_rule(experiment):
        return tuple(perceptron_findings(experiment))
    graph = graph_of(experiment)
    found = course_findings(experiment, history, since)
    if graph.kind == "dense":
        found += neuron_findings(experiment, graph)
    if experiment.settings.sees_images:
        found += filter(None, [hardest_class(experiment, recent=recent)])
    return tuple(sorted(found, key=lambda finding: KINDS.index(finding.kind)))


def graph_of(experiment: Experiment) -> NetworkGraph:
    """The model as layers, read once for each network: that takes as long as to measure it."""
    version, graph = _graphs.get(experiment, (-1, None))
    if graph is None or version != experiment.network_version:
        graph = read_network(experiment.model, experiment.x[:1])
        _graphs[experiment] = experiment.network_version, graph
    return graph


_graphs: WeakKeyDictionary[Experiment, tuple[int, NetworkGraph]] = WeakKeyDictionary()


def diagnose_run(loop: TrainingLoop) -> tuple[Finding, ...]:
    """The same for the run of a training loop, in whose thread it is called."""
    past = loop.past
    since = past.journal[past.applied - 1].step if past.applied else 0
    error = loop.error if loop.status == "diverged" else None
    recent = loop.status == "running"
    return diagnose(loop.experiment, loop.history, error=error, since=since, recent=recent)


def diverged(experiment: Experiment, error: BaseException) -> Finding:
    """The finding about a run whose loss became infinite or NaN."""
    position, rate = experiment.position, experiment.learning_rate_now
    return Finding(
        "diverged",
        f"Diverged at step {position.step + 1:,}, in epoch {position.epoch + 1:,}:",
        f"{error}, with the learning rate {amount(rate)}. The weights after {plural(position.step, 'step')} are kept.",
        "A smaller rate may help.",
        epoch=position.epoch,
    )
