"""A model as it ran, layer by layer, for print: what feeds what, shapes, parameters and multiply-adds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from nnwidgets._drawing import HAIRLINE, INK, INK_2, INK_3, NEGATIVE, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from nnwidgets.anatomy.graph import Graph, Node

__all__ = ["anatomy_figure"]

MOST_ROWS = 40
_WIDE, _HIGH = 8.0, 0.235  # inches: the whole, and a row
_LANES, _LANE = 6, 0.085
_SPINE = 0.15 + _LANES * _LANE
_NAME, _TYPE, _SHAPE, _COUNT, _COST = _SPINE + 0.18, 2.75, 4.1, 5.9, 7.2  # numbers end there, texts begin
_INDENT, _BAR, _GAP = 0.13, 0.58, 0.07
_CHARACTERS = {"name": 27, "type": 21, "shape": 17}

Edge = tuple[int, int]


@dataclass(frozen=True)
class _Line:
    """A row: a node at its depth, and whether the nodes in it are shown below."""

    number: int
    node: Node
    depth: int
    is_open: bool


def anatomy_figure(graph: Graph, unfolded: Iterable[str] | None = None) -> Figure:
    """Draw a model from its input to its output, a row for each layer, operation or folded container.

    A dot stands for what runs; what one feeds to the next is the line between them, and what goes past others an arc
    beside it. Bars compare parameters and multiply–adds. At most 40 rows are drawn.

    Args:
        graph: what `nnwidgets.anatomy.trace.trace` found.
        unfolded: keys of the containers that are unfolded; None for as many as fit.

    Example:
        >>> import torch
        >>> from nnwidgets.anatomy.arguments import Arguments
        >>> from nnwidgets.anatomy.trace import trace
        >>> model = torch.nn.Sequential(torch.nn.Linear(784, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10))
        >>> figure = anatomy_figure(trace(model, Arguments.of(torch.zeros(1, 784))))
        >>> figure.get_size_inches()[0].item(), figure.axes[0].texts[0].get_text()
        (8.0, 'Sequential')
    """
    lines, place = _lines(graph, set(graph.first_unfolded() if unfolded is None else unfolded))
    shown = lines[:MOST_ROWS]
    feet = [f"… {len(lines) - len(shown):,} more rows"] if len(lines) > len(shown) else []
    if any(_is_shared(line.node) for line in shown):
        feet.append("in brackets: shared with a layer above")
    high = _HIGH * (len(shown) + len(feet) + 3)
    figure = new_figure(_WIDE, high)
    figure.set_layout_engine("none")
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set_axis_off()
    ax.set_xlim(0, _WIDE)
    ax.set_ylim(high, 0)
    _draw_title(ax, graph)
    tops = [_HIGH * (row + 2.9) for row in range(len(shown))]
    _draw_rail(ax, graph, shown, place, tops)
    most = _most(shown)
    for line, y in zip(shown, tops, strict=True):
        _draw_line(ax, graph, line, y, most)
    for row, text in enumerate(feet, len(shown)):
        _write(ax, _NAME, _HIGH * (row + 2.9), text, color=INK_3, fontsize=7.5)
    return figure


def _lines(graph: Graph, unfolded: set[str]) -> tuple[list[_Line], list[int]]:
    """The rows, and of each node the row that it, or what it lies in, has."""
    lines: list[_Line] = []
    place: list[int] = []
    depths: list[int] = []
    is_open: list[bool] = []
    for number, node in enumerate(graph.nodes):
        is_shown = node.parent < 0 or is_open[node.parent]
        depths.append(0 if node.parent < 0 else depths[node.parent] + 1)
        is_open.append(is_shown and bool(graph.inside(number)) and node.key in unfolded)
        place.append(len(lines) if is_shown else place[node.parent])
        if is_shown:
            lines.append(_Line(number, node, depths[number], is_open[number]))
    return lines, place


# -- texts ----------------------------------------------------------------------------------------


def _draw_title(ax: Axes, graph: Graph) -> None:
    facts = [f"{graph.parameter_count:,} parameters"]
    if graph.frozen:
        facts.append(f"{graph.frozen:,} frozen")
    facts += [f"{_short(graph.multiply_adds)} multiply–adds", f"{_size(graph.parameter_bytes)} weights"]
    _write(ax, 0.15, _HIGH * 0.9, _cut(graph.name, 40), color=INK, fontsize=11, fontweight="bold")
    _write(ax, _WIDE - 0.15, _HIGH * 0.9, " · ".join(facts), color=INK_2, ha="right", fontsize=8.5)
    heads = (
        (_TYPE, "left", ""),
        (_SHAPE, "left", "puts out"),
        (_COUNT, "right", "parameters"),
        (_COST, "right", "multiply–adds"),
    )
    for x, side, text in heads:
        _write(ax, x, _HIGH * 2, text, color=INK_3, ha=side, fontsize=7)
    ax.plot([0.15, _WIDE - 0.15], [_HIGH * 2.4] * 2, color=HAIRLINE, linewidth=0.6)


def _draw_line(ax: Axes, graph: Graph, line: _Line, y: float, most: tuple[int, int]) -> None:
    node, has_failed = line.node, graph.failed is not None and line.node.key == graph.failed
    color = NEGATIVE if has_failed else INK_3 if node.kind == "idle" else INK
    indent = _INDENT * min(line.depth, 6)
    _write(ax, _NAME + indent, y, _cut(_name(graph, node), _CHARACTERS["name"] - 2 * min(line.depth, 6)), color=color)
    kind = "did not run" if node.kind == "idle" else "raised" if has_failed else _kind(node)
    _write(ax, _TYPE, y, _cut(kind, _CHARACTERS["type"]), color=NEGATIVE if has_failed else INK_2, fontsize=7.5)
    if not line.is_open:
        _write(ax, _SHAPE, y, _cut(_shape(node, graph.samples), _CHARACTERS["shape"]), color=INK_2, fontsize=7.5)
    columns = (
        (_COUNT, _count_text(node), node.count, most[0], _is_shared(node)),
        (_COST, _short(node.multiply_adds), node.multiply_adds, most[1], False),
    )
    for x, text, value, largest, is_shared in columns:
        if value:
            _write(ax, x, y, text, color=INK_3 if line.is_open or is_shared else INK_2, ha="right", fontsize=7.5)
        if value and not line.is_open and not is_shared:
            size = max(0.01, _BAR * value / largest)
            ax.add_patch(Rectangle((x + _GAP, y - 0.035), size, 0.07, facecolor=INK_2, edgecolor="none"))


def _is_shared(node: Node) -> bool:
    """Whether all of its parameters were used before."""
    return node.count > 0 and not node.fresh


def _count_text(node: Node) -> str:
    return f"({node.count:,})" if _is_shared(node) else f"{node.count:,}"


def _most(lines: Sequence[_Line]) -> tuple[int, int]:
    closed = [line.node for line in lines if not line.is_open]
    counts, costs = zip(*((node.count, node.multiply_adds) for node in closed), strict=True) if closed else ((), ())
    return max(counts, default=0) or 1, max(costs, default=0) or 1


def _name(graph: Graph, node: Node) -> str:
    """Its name in what it lies in."""
    if node.kind in ("input", "output"):
        return node.kind + node.key.removeprefix(f":{node.kind}")
    parent = graph.nodes[node.parent].name if node.parent >= 0 else ""
    return node.name.removeprefix(f"{parent}.") if parent else node.name or node.type


def _kind(node: Node) -> str:
    if node.kind in ("operation", "input", "output"):
        return "" if node.type == node.name else node.type
    return f"{node.type} × {node.repeats}" if node.repeats > 1 else node.type


def _shape(node: Node, samples: int) -> str:
    """The sizes of the first output, without the axis of the samples."""
    ends = node.inputs if node.kind == "output" else node.outputs
    if not ends:
        return ""
    sizes = ends[0].shape[1:] if ends[0].shape[:1] == (samples,) else ends[0].shape
    more = f" + {len(ends) - 1}" if len(ends) > 1 else ""
    return (" × ".join(map(str, sizes)) or "1") + more


def _short(count: int) -> str:
    """Three digits and a power of a thousand."""
    for power, letter in ((4, "T"), (3, "G"), (2, "M"), (1, "k")):
        if count >= 999.5 * 1000 ** (power - 1):
            return f"{count / 1000**power:#.3g}".rstrip(".") + f" {letter}"
    return f"{count}"


def _size(size: float) -> str:
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} GB"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _write(ax: Axes, x: float, y: float, text: str, **style: Any) -> None:
    ax.text(x, y, text, **{"va": "center", "fontsize": 8, "parse_math": False, **style})


# -- the rail -------------------------------------------------------------------------------------


def _draw_rail(ax: Axes, graph: Graph, lines: Sequence[_Line], place: Sequence[int], tops: Sequence[float]) -> None:
    dots = [row for row, line in enumerate(lines) if not line.is_open]
    after = dict(pairwise(dots))
    pairs = {(place[source], place[target]) for source, target in zip(graph.edges[::2], graph.edges[1::2], strict=True)}
    pairs = {(source, target) for source, target in pairs if source != target and max(source, target) < len(lines)}
    for source, target in sorted(pairs):
        if after.get(source) == target:
            ax.plot(
                [_SPINE] * 2, [tops[source], tops[target]], color=INK_3, linewidth=1, solid_capstyle="butt", zorder=1
            )
    arcs = sorted(pair for pair in pairs if after.get(pair[0]) != pair[1])
    for (source, target), lane in _in_lanes(arcs).items():
        _draw_arc(ax, _SPINE - _LANE * (lane + 1.4), tops[source], tops[target])
    for row in dots:
        is_idle = lines[row].node.kind == "idle"
        style: dict[str, Any] = {"markerfacecolor": "white"} if is_idle or graph.inside(lines[row].number) else {}
        ax.plot(_SPINE, tops[row], "o", color=INK_3 if is_idle else INK_2, markersize=4, zorder=3, **style)


def _in_lanes(arcs: Sequence[Edge]) -> dict[Edge, int]:
    """A lane for each, the shortest nearest to the spine; those that find no room share the last one."""
    taken: list[list[Edge]] = [[] for _ in range(_LANES - 1)]
    lanes = {}
    for arc in sorted(arcs, key=lambda each: (abs(each[1] - each[0]), each)):
        low, high = sorted(arc)
        free = (lane for lane, others in enumerate(taken) if all(high <= a or low >= b for a, b in others))
        lanes[arc] = next(free, _LANES - 1)
        if lanes[arc] < len(taken):
            taken[lanes[arc]].append((low, high))
    return lanes


def _draw_arc(ax: Axes, x: float, start: float, end: float) -> None:
    """From a dot into the lane and back to the dot of another row."""
    way = 1 if end > start else -1
    bend = way * min(0.1, abs(end - start) / 2)
    points = [(_SPINE, start), (x, start), (x, start + bend), (x, end - bend), (x, end), (_SPINE, end)]
    codes = [Path.MOVETO, Path.CURVE3, Path.CURVE3, Path.LINETO, Path.CURVE3, Path.CURVE3]
    line = "--" if way < 0 else "-"
    ax.add_patch(PathPatch(Path(points, codes), facecolor="none", edgecolor=INK_3, linewidth=0.9, linestyle=line))
