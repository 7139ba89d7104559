r"""Tests in a real JupyterLab, worked by Playwright.

A test asks for `open_notebook` and says what is in the cells:

    def test_play_trains(open_notebook):
        notebook = open_notebook("from nnwidgets import PlanarTrainer\ntrainer = PlanarTrainer()\ntrainer")
        notebook.run_cell(0)
        view = notebook.widget(0)
        view.click("Play")
        view.wait_for_epoch(3)
        assert notebook.value("trainer.epoch") >= 3

One JupyterLab, loaded once in one page, serves all tests, and so does one kernel, since PyTorch takes longest to be
imported: after each test its widgets are closed and its names forgotten. `open_notebook(..., fresh=True)` begins with
a new kernel. A second notebook in a test, or one behind a slow link, gets a page and a kernel of its own.

A cheap test asks for `open_notebook` and for no kernel or page of its own, and reloads nothing unless that is what it
shows. Where many tests of a module begin alike, they share a notebook (`shared_notebook` in shared.py) and begin with
`fresh_view`. Before pixels or figures are read: `wait_for_present` if Python has sent something, then `settle`.

- `Notebook` (notebook.py): cells (`run_cell`, `run_all`, `add_and_run`, `outputs`, `clear_outputs`), the kernel
  (`value`, `execute`, `watch`, `interrupt`, `restart_kernel`) and the page (`widget`, `create_output_view`, `reload`,
  `set_theme`, `set_output_width`; `page` is Playwright's own).
- `View` (view.py): one view of a widget. Controls by their accessible names (`click("Play")`, `slider`, `enter`,
  `choose`), what is on screen (`status`, `frame`, `epoch`, `pixels`), and waiting (`wait_for_status`,
  `wait_for_epoch`, `wait_for_frame`, `wait_for` with a condition in JavaScript). `record` notes every frame drawn.
- `Notebook.value("trainer.learning_rate")` reads Python's side. It waits for a running cell; where a test must know
  more, `with notebook.watch("trainer.status") as status:` tells of every change, with its time.
- `slow_link`: `open_notebook(..., link=slow_link)`, then `slow_link.throttle(300_000)`.

Nothing sleeps: every wait is for something that happens, with a bound that only a failure reaches. A failed test leaves
a screenshot in test-results/, and the server's last words in its report.

`JupyterServer`, `Notebook` and `chromium.launch` need no pytest: the benchmarks and the gallery use them too.
"""
