"""A model that was traced as a table: of text, and of pandas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nnwidgets.anatomy.graph import Graph, Node, TensorShape

_HEAD = ("layer", "type", "output shape", "parameters", "multiply–adds", "memory")
_WORDS = 3  # the first columns, which stand to the left
_UNITS = ("B", "kB", "MB", "GB", "TB")


def summary(graph: Graph) -> str:
    """All nodes in order of execution, those in a container indented under it, and the totals."""
    depths: list[int] = []
    rows: list[tuple[str, ...]] = [_HEAD]
    for node in graph.nodes:
        depths.append(0 if node.parent < 0 else depths[node.parent] + 1)
        if node.kind not in ("input", "output"):
            rows.append(_row(node, depths[-1]))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [_line(row, widths) for row in rows]
    rule = "─" * max(map(len, lines))
    return "\n".join([_title(graph), rule, lines[0], rule, *lines[1:], rule, *_totals(graph)])


def _row(node: Node, depth: int) -> tuple[str, ...]:
    rounds = f" × {node.repeats}" if node.repeats > 1 else ""
    return (
        "  " * depth + node.key,
        f"{node.type}{rounds}" + (" (did not run)" if node.kind == "idle" else ""),
        ", ".join(_shape(each) for each in node.outputs),
        _count(node),
        f"{node.multiply_adds:,}" if node.multiply_adds else "",
        size(memory) if (memory := node.parameter_bytes + node.output_bytes) else "",
    )


def _count(node: Node) -> str:
    if not node.count or node.fresh == node.count:
        return f"{node.count:,}" if node.count else ""
    return f"({node.count:,} shared)" if not node.fresh else f"{node.fresh:,} (+ {node.count - node.fresh:,} shared)"


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    words = [text.ljust(width) for text, width in zip(row[:_WORDS], widths, strict=False)]
    numbers = [text.rjust(width) for text, width in zip(row[_WORDS:], widths[_WORDS:], strict=True)]
    return "  ".join([*words, *numbers]).rstrip()


def _title(graph: Graph) -> str:
    inputs = [shape for node in graph.nodes if node.kind == "input" for shape in node.outputs or node.inputs]
    given = f", input {', '.join(f'{_shape(each)} ({each.dtype})' for each in inputs)}" if inputs else ""
    return f"{graph.name} in {graph.mode} mode{given}"


def _totals(graph: Graph) -> list[str]:
    frozen = f", and {graph.frozen:,} that are not trained" if graph.frozen else ""
    buffers = f" + buffers {size(graph.buffer_bytes)}" if graph.buffer_bytes else ""
    lines = [
        f"{graph.parameter_count:,} parameters{frozen}",
        f"{graph.multiply_adds:,} multiply–adds",
        f"memory: weights {size(graph.parameter_bytes)}{buffers} + {size(graph.output_bytes)} put out",
    ]
    failure = [graph.failure] if graph.failed is not None else []
    return [*lines, *graph.notes, *failure]


def _shape(shape: TensorShape) -> str:
    return " × ".join(map(str, shape.shape)) or "a number"


def size(count: float) -> str:
    """Bytes in the largest unit of which there is one.

    Example:
        >>> size(0), size(999), size(31_400), size(102_228_128)
        ('0 B', '999 B', '31.4 kB', '102.2 MB')
    """
    unit = 0
    while count >= 1000 and unit < len(_UNITS) - 1:
        count, unit = count / 1000, unit + 1
    return f"{count:.1f} {_UNITS[unit]}" if unit else f"{count:.0f} {_UNITS[unit]}"


def table(nodes: Iterable[Node]) -> Any:
    """Nodes as rows of a pandas table.

    Raises:
        ImportError: there is no pandas.
    """
    try:
        import pandas as pd
    except ImportError:
        raise ImportError("to_pandas() needs pandas: pip install pandas") from None

    rows = [
        {
            "key": node.key,
            "kind": node.kind,
            "name": node.name,
            "type": node.type,
            "detail": node.detail,
            "call": node.call,
            "repeats": node.repeats,
            "inputs": [each.shape for each in node.inputs],
            "outputs": [each.shape for each in node.outputs],
            "parameters": node.count,
            "trainable": node.trainable,
            "fresh": node.fresh,
            "multiply_adds": node.multiply_adds,
            "parameter_bytes": node.parameter_bytes,
            "output_bytes": node.output_bytes,
        }
        for node in nodes
    ]
    return pd.DataFrame(rows).set_index("key") if rows else pd.DataFrame()
