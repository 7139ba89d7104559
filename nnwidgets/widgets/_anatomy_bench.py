"""The thread in which a `NetworkAnatomy` has its model read; a reader's own loop has it read in the reader's thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from numbers import Real
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from nnwidgets.widgets._anatomy_pace import Pace
from nnwidgets.widgets._background import Background, Job

if TYPE_CHECKING:
    from nnwidgets.widgets._anatomy_settings import Wish
    from nnwidgets.widgets._anatomy_source import Scene, Source
    from nnwidgets.widgets._background import BackgroundExplorer

T = TypeVar("T")

Need = Literal["trace", "look", "rows", "inside"]
_NEEDED: dict[str | None, tuple[Need, ...]] = {None: (), "trace": ("trace",), "measure": ("rows", "inside")}


class Bench(Background):
    """Traces a model, and measures what is asked for last.

    There are three jobs: to trace, to look whether the model is another by now, and to measure. Whoever waits for a
    result does them as well, in a thread of their own; `_working` is held by whoever works with the model, and by
    nobody who shows what was found, for that may have to wait for the reader.

    Args:
        observer: who is shown what was found.
        make_source: called before the first job.

    Attributes:
        scene: what was traced last.
        pace: of measurements of a training.
        steps: that were followed of the reader's own loop.
    """

    def __init__(self, observer: BackgroundExplorer[Bench], make_source: Callable[[], Source]) -> None:
        super().__init__(observer)
        self._make_source: Callable[[], Source] | None = make_source
        self._source: Source | None = None
        self._working = threading.RLock()
        self._wish: Wish | None = None
        self._must: set[Need] = set()
        self._untraced: Exception | None = None  # why there is no graph
        self._numbers = count(1)
        self._numbered = 0  # the version of the newest rows
        self._follows = False
        self._loss: Any = None
        self.scene: Scene | None = None
        self.pace = Pace()
        self.steps = 0

    # -- from any thread ----------------------------------------------------------------------------

    def ask(self, wish: Wish, *needs: Need) -> None:
        """Have what is needed for these settings found, as soon as the model can be looked at."""
        with self._changed:
            if not self._is_closed:
                self._wish = wish
                self._need(*needs)

    def look(self, *, runs: bool = False) -> None:
        """The model may have been changed, by a trainer that `runs` again and again."""
        with self._changed:
            if not (self._is_closed or self._follows or (runs and not self.pace.is_due())):
                self._need("look")

    def _need(self, *needs: Need) -> None:
        self._must.update(needs)
        if self._follows:
            self.pace.hurry()
        elif self._must:
            self._wake()

    def call(self, function: Callable[[Scene, Source, Wish], T], *, anew: bool = False) -> T:
        """The result of a function of the model as it is by now, in this thread; traced `anew` if need be.

        Raises:
            RuntimeError: it is closed.
            Exception: why it could not be traced; what the function raises.
        """
        with self._changed:
            if not self._is_closed:
                self._must.add("trace" if anew else "look")
        self._work_off()
        with self._working:
            if self._untraced is not None:
                raise self._untraced
            if self._is_closed or self.scene is None or self._source is None or self._wish is None:
                raise RuntimeError("this widget is closed")
            return function(self.scene, self._source, self._wish)

    def read(self) -> Scene:
        """What was traced, of the model as it is by now.

        Raises:
            RuntimeError: it was closed before anything was traced.
            Exception: why it could not be traced.
        """
        if self._is_closed and self.scene is not None:
            return self.scene
        return self.call(lambda scene, source, wish: scene)  # noqa: ARG005

    def wait_for_scene(self, timeout: float) -> None:
        """Block until something was traced, at most so many seconds, or until nothing will be."""
        with self._changed:
            self._changed.wait_for(lambda: self.scene is not None or self._thread is None, max(0.0, timeout))

    def number(self) -> int:
        """One for something that is shown besides."""
        with self._working:
            return next(self._numbers)

    @property
    def share(self) -> float | None:
        """The part of the time of the reader's own loop that is taken by following it; None outside of one."""
        return self.pace.share if self._follows else None

    def restart(self) -> None:
        """Have an example begin with its first weights again."""
        source = self._source
        if source is not None:
            source.forget()

    def wait(self, timeout: float | None) -> None:
        """As of every background; while the reader's own loop is followed, this thread does what is left."""
        if self._follows:
            self._work_off()
        super().wait(timeout)

    def close(self) -> None:
        """End the thread, and let the model go."""
        super().close()
        with self._changed:
            self._source = self._make_source = None

    @property
    def status(self) -> str:
        """What it is about: "reading", "ready", "following", "error" or "closed"."""
        with self._changed:
            if self._is_closed:
                return "closed"
            if self._follows:
                return "following"
            if self.error is not None:
                return "error"
            return "reading" if "trace" in self._must or self.scene is None else "ready"

    # -- jobs ---------------------------------------------------------------------------------------

    def _next_job(self) -> Job | None:
        if self._is_closed or not self._must:
            return None
        if "trace" in self._must:
            return self._trace
        return self._look if "look" in self._must else self._measure

    def _work_off(self) -> None:
        """Do in this thread whatever there is to do."""
        while True:
            with self._changed:
                job = self._next_job()
            if job is None:
                return
            self._do(job)

    def _forget(self) -> None:
        self._must.clear()

    def _take(self, *needs: Need) -> tuple[set[Need], Wish, Source] | None:
        """What of this is still needed, under `_working`; another thread may have been faster."""
        with self._changed:
            taken = self._must.intersection(needs)
            make, wish = self._make_source, self._wish
            self._must -= taken
            if not taken or self._is_closed or make is None or wish is None:
                return None
        if self._source is None:
            self._source = make()
        return taken, wish, self._source

    def _trace(self) -> None:
        with self._working:
            taken = self._take("trace", "look")
            if taken is None:
                return
            _, wish, source = taken
            if not self._follows:
                source.stands()
            try:
                found = source.trace(wish)
            except Exception as error:
                self._untraced = error
                raise
            found = replace(found, version=next(self._numbers))
            with self._changed:
                if self._is_closed:
                    return
                self.scene, self._untraced, self.error = found, None, _failure(found)
                self._must.update(("rows", "inside"))
                self._changed.notify_all()
        self._tell(lambda observer: observer._show_scene(found, source.owner))

    def _look(self) -> None:
        with self._working:
            taken = self._take("look")
            if taken is None:
                return
            _, wish, source = taken
            verdict: Literal["trace", "measure"] | None = "trace"
            if self.scene is not None and self.error is None:  # else what went wrong may have been put right
                verdict = source.look(self.scene, wish, follows=self._follows)
            with self._changed:
                self._must.update(_NEEDED[verdict])

    def _measure(self) -> None:
        with self.pace.measuring():
            with self._working:
                taken = self._take("rows", "inside")
                if taken is None or self.scene is None:
                    return
                needs, wish, source = taken
                found = source.measure(self.scene, wish, rows="rows" in needs, follows=self._follows)
                if found is None:  # it is another model by now
                    with self._changed:
                        self._must.add("trace")
                    return
                if found.rows is not None:
                    self._numbered = next(self._numbers)
                found = replace(found, versions=(next(self._numbers), self._numbered))
            self._tell(lambda observer: observer._show_measured(found))

    # -- a loop of the reader's own -----------------------------------------------------------------

    @contextmanager
    def following(self) -> Iterator[None]:
        """Leave the model to this thread, which says after each step that there was one.

        Raises:
            RuntimeError: it is followed already, or closed.
        """
        with self._changed:
            if self._is_closed:
                raise RuntimeError("this widget is closed")
            if self._follows:
                raise RuntimeError("this loop is followed already: `with` blocks of one widget cannot be nested")
            self._follows = True
        try:
            self._begin()
        except BaseException:  # such as Ctrl-C while it waits for a slow model
            self._let_go()
            raise
        try:
            yield
        finally:
            try:
                self._measure_step(settled=True)
            finally:
                self._let_go()

    def _begin(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._thread is None)
            if self.scene is None and not self._is_closed:
                self._must.add("trace")
        self._work_off()
        self.pace.begin()
        self._do(self._remember)
        self._tell(lambda observer: observer._show_status())

    def _let_go(self) -> None:
        with self._changed:
            self._follows, self._loss = False, None
            if self._source is not None:
                self._source.changes.forget()
            if self._must and not self._is_closed:
                self._wake()
        self._tell(lambda observer: observer._show_status())

    def step(self, loss: Any = None) -> None:
        """The loop has made a step; it is measured in this thread if it is time for that.

        A measurement that is due waits for one more step, so that the weights before that are known; one that a view
        waits for does not.

        Raises:
            RuntimeError: no loop is followed.
            TypeError: the loss is no number.
        """
        if not self._follows:
            raise RuntimeError("step() is for a loop inside of `with anatomy:`")
        self._loss = _checked_loss(loss)
        self.steps += 1
        if not self.pace.is_due() or self._is_closed:
            return
        source = self._source
        if source is None or self._must or source.changes.is_ready(self.steps):
            self._measure_step()
        else:
            with self.pace.noting():
                self._do(self._remember)

    def _measure_step(self, *, settled: bool = False) -> None:
        with self.pace.measuring():
            with self._changed:
                if self._is_closed:
                    return
                self._must.update(("rows", "inside"))
                if self.error is not None:
                    self._must.add("trace")
                if self._source is not None and self.steps:
                    self._source.stands(self.steps, self._loss, settled=settled)
            self._work_off()
            self._do(self._remember)

    def _remember(self) -> None:
        with self._working:
            if self._source is not None and self._wish is not None:
                steps, source = self.steps, self._source
                source.visit(self._wish, lambda subject: source.changes.remember(subject.model, steps))


def _checked_loss(loss: Any) -> Any:
    """A number, or a tensor of one, which is not waited for yet."""
    if loss is None or isinstance(loss, Real):
        return loss
    if getattr(loss, "numel", lambda: 0)() == 1:
        return loss.detach()
    raise TypeError(f"loss must be a number, or a tensor of one, not {loss!r:.80}")


def _failure(scene: Scene) -> Exception | None:
    """What the model raised, of which a part was seen."""
    if scene.graph.failed is None:
        return None
    from nnwidgets.anatomy.trace import AnatomyError

    return AnatomyError(scene.graph.failure)
