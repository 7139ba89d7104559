"""A run by Rosenblatt's rule as a script that spells the rule out, and ends with the same bits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnwidgets.export.code import Script, to_code
from nnwidgets.export.parts import building_lines
from nnwidgets.training import commands as c

if TYPE_CHECKING:
    from nnwidgets.training.loop import TrainingLoop
    from nnwidgets.training.settings import Settings

_STEP = (
    "x, y = x_train[batch], y_train[batch]",
    "with torch.no_grad():",
    "    error = y - (model(x) > 0).float()  # y - y', with y' = 1 where w x + b > 0",
    "    model[0].weight.add_(error * x, alpha=learning_rate)  # w += learning_rate * (y - y') * x",
    "    model[0].bias.add_(error[0], alpha=learning_rate)",
)
_RESULT = (
    "with torch.no_grad():",
    "    wrong = (model(x_train) > 0) != (y_train > 0.5)",
    'print(f"{int(wrong.sum())} of {len(wrong)} training samples are wrong")',
)


def rule_to_code(loop: TrainingLoop) -> str:
    """The script of a perceptron's run up to where it stands; call it between two steps.

    Where weights were frozen, or a network was set in the middle of a run, it is the script of gradient descent on
    the perceptron criterion, which is the same.
    """
    script = _RuleScript(loop)
    return script.text() if script.is_plain else to_code(loop)


class _RuleScript(Script):
    @property
    def is_plain(self) -> bool:
        """Whether the run is the rule alone, with other rates, data and weights between its steps."""
        frozen = self.settings.frozen or self.settings.frozen_entries
        plain = (c.SetLearningRate, c.SetData, c.Edit)
        return not frozen and all(isinstance(entry.change, plain) for entry in self.journal)

    def _model(self) -> str:
        settings = self.settings
        assert settings.network is not None
        lines = [f"seed = {settings.seed}", *building_lines("model", settings.network)]
        return "\n".join([*lines, f"learning_rate = {settings.learning_rate!r}"])

    def _step(self) -> list[str]:
        return list(_STEP)

    def _learning_rate(self, value: float, _: Settings) -> list[str]:
        return [f"learning_rate = {value!r}"]

    def _result(self) -> str:
        return "\n".join(_RESULT)
