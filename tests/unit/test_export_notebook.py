"""Executed notebooks as pages, and as notebooks with pictures."""

from __future__ import annotations

import base64
import io
import json
import re
import subprocess
import sys
import warnings

import nbformat
import numpy as np
import pytest
import torch
from bs4 import BeautifulSoup
from nbconvert import HTMLExporter, LatexExporter
from PIL import Image

from nnwidgets import ActivationExplorer, BackpropExplorer, NeuronExplorer, PlanarTrainer, export_notebook
from nnwidgets.course import _verdict
from nnwidgets.export.__main__ import main
from nnwidgets.export.states import VIEW
from tests.unit.saved_notebooks import code, shown, text, view, write_notebook

RAN = code("1")


@pytest.fixture
def neuron():
    explorer = NeuronExplorer()
    yield explorer
    explorer.close()


@pytest.fixture
def export(tmp_path):
    """The page of a notebook of these cells: as text, and as a parsed document."""

    def one(*cells, **others):
        source = write_notebook(tmp_path / "notebook.ipynb", *cells, **others)
        written = export_notebook(source)
        assert written == tmp_path / "notebook.html"
        page = written.read_text(encoding="utf-8")
        return page, BeautifulSoup(page, "html.parser")

    return one


def png_of(color="red"):
    file = io.BytesIO()
    Image.new("RGB", (4, 4), color).save(file, format="PNG")
    return base64.b64encode(file.getvalue()).decode()


# -- text -------------------------------------------------------------------------------------------


def test_the_first_heading_is_the_title_and_stands_once(export):
    _, page = export(text("# A *small* network & `more`\n\nIt learns."), text("# Another"), RAN)
    assert page.title.string == "A small network & more"
    assert [heading.get_text() for heading in page.find_all("h1")] == ["A small network & more", "Another"]
    assert page.html["lang"] == "en"


def test_without_a_heading_the_name_of_the_file_is_the_title(export):
    _, page = export(text("Some text."), RAN)
    assert page.title.string == "notebook"


def test_formulas_are_mathml(export):
    align = r"\begin{align} a &= b \\ c &= d \end{align}"
    table = "| a | $\\sigma(z)$ |\n|---|---|\n|1|2|"
    formulas = f"$x_1 < 2$ and\n\n$$\\frac{{\\partial L}}{{\\partial w}}$$\n\n{align}\n\n{table}"
    _, page = export(text(formulas), RAN)
    inline, fraction, align, cell = page.find_all("math")
    assert (inline["display"], inline.get_text()) == ("inline", "x1<2")
    assert fraction["display"] == "block"
    assert fraction.find("mfrac") is not None
    assert len(align.find_all("mtr")) == 2
    assert "(1)" not in align.get_text()
    assert cell.parent.name == "th"
    assert "$" not in page.find(class_="nnw-notebook").get_text()


def test_a_formula_that_cannot_be_read_is_shown_as_it_is_written(export):
    _, page = export(text(r"Before $\left( \begin{matrix} 1 $ after"), RAN)
    words = page.find(class_="nnw-notebook").get_text()
    assert "Before" in words
    assert "after" in words


def test_formulas_write_no_markup(export):
    cell = text(r"$\text{<script>alert(1)</script>}$ $\href{javascript:alert(1)}{x}$ $\unknown{<img src=x onerror=y>}$")
    page, parsed = export(cell, RAN)
    assert "&lt;script&gt;alert" in page
    assert not parsed.select("math script, math img, math a, math [href], math [onerror]")


def test_code_tables_lists_and_folds_are_kept(export):
    cell = text(
        "```python\nfor x in y:  # why\n    pass\n```\n\n```\n<b>plain</b>\n```\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n"
        "- [x] done\n\n<details><summary>Hint</summary>\n\nThink of $x$.\n\n</details>"
    )
    page, parsed = export(cell, RAN)
    assert parsed.find(class_="nnw-code-k").get_text() == "for"
    assert "&lt;b&gt;plain&lt;/b&gt;" in page
    assert [each.get_text() for each in parsed.select("td")] == ["1", "2"]
    assert parsed.find("details").find("math") is not None
    assert parsed.find("input")["type"] == "checkbox"


def test_pictures_that_are_attached_or_lie_beside_are_in_the_page(export, tmp_path):
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "my map.png").write_bytes(base64.b64decode(png_of("blue")))
    (tmp_path / "plot.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf-8")
    cell = text(
        "![a](attachment:a.png) ![b](figures/my%20map.png) <img src='plot.svg' width=40 onload='x'> "
        "![gone](gone.png) ![web](https://example.org/x.png)",
        attachments={"a.png": {"image/png": png_of()}},
    )
    _, page = export(cell, RAN)
    sources = [image["src"] for image in page.find_all("img")]
    assert sources[0] == f"data:image/png;base64,{png_of()}"
    assert sources[1] == f"data:image/png;base64,{png_of('blue')}"
    assert sources[2].startswith("data:image/svg+xml;base64,")
    assert len(sources) == 3
    words = page.find(class_="nnw-notebook").get_text()
    assert "gone (a picture that was not found)" in words
    assert page.find("a", href="https://example.org/x.png").get_text() == "web (a picture on the web)"


def test_files_of_other_folders_are_not_published(tmp_path):
    (tmp_path / "course").mkdir()
    (tmp_path / "secret.png").write_bytes(base64.b64decode(png_of()))
    (tmp_path / "course" / "linked.png").symlink_to(tmp_path / "secret.png")
    addresses = ("../secret.png", str(tmp_path / "secret.png"), f"file://{tmp_path}/secret.png", "linked.png")
    cell = text(" ".join(f"![x]({address})" for address in addresses))
    page = export_notebook(write_notebook(tmp_path / "course" / "one.ipynb", cell, RAN)).read_text()
    assert png_of() not in page


def test_links_to_notebooks_that_lie_there_lead_to_their_pages(export, tmp_path):
    for name in ("02-next.ipynb", "a b.ipynb"):
        (tmp_path / name).write_text("{}", encoding="utf-8")
    cell = text(
        "[1](02-next.ipynb) [2](./02-next.ipynb#Part-2) [3](a%20b.ipynb) [4](gone.ipynb) [5](https://a.org/x.ipynb) "
        "[6](#A-part) [7](data.csv)\n\n## A part"
    )
    _, page = export(cell, RAN)
    links = [link["href"] for link in page.select(".nnw-notebook a")]
    assert links[:5] == ["02-next.html", "./02-next.html#Part-2", "a%20b.html", "gone.ipynb", "https://a.org/x.ipynb"]
    assert page.find(id=links[5][1:]).get_text() == "A part"
    assert links[6] == "data.csv"


# -- code and outputs -------------------------------------------------------------------------------


def test_code_is_highlighted_and_what_it_prints_has_its_colours(export):
    stream = nbformat.v4.new_output
    page, parsed = export(
        code(
            "import torch",
            stream("stream", name="stdout", text="10 %\r100 %\n"),
            stream("stream", name="stdout", text="\x1b[32mgreen\x1b[0m <b>"),
            stream("stream", name="stderr", text="careful"),
            stream("error", ename="E", evalue="v", traceback=["\x1b[31mE\x1b[0m: v", "<i>"]),
        )
    )
    assert parsed.find(class_="nnw-code-kn").get_text() == "import"
    (printed,) = parsed.find_all(class_="nnw-text")
    assert printed.get_text() == "100 %\ngreen <b>"
    assert parsed.find(class_="nnw-warning").get_text() == "careful"
    assert parsed.find(class_="nnw-error").get_text() == "E: v\n<i>"
    assert parsed.find(class_="ansi-red-fg").get_text() == "E"
    assert "10 %\r" not in page


def test_each_kind_of_output_is_shown_in_its_best_form(export):
    plain = {"text/plain": "plain words"}
    svg = "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    _, page = export(
        code("a", shown(plain)),
        code("b", shown(plain | {"image/png": png_of()}, {"image/png": {"width": 40}})),
        code("c", shown(plain | {"image/svg+xml": svg})),
        code("d", shown(plain | {"text/latex": r"$\alpha$"})),
        code("e", shown(plain | {"text/markdown": "**bold** $x$"})),
        code("f", shown(plain | {"application/json": {"a": ["<b>"]}})),
        code("g", shown(plain | {"text/html": "<table class='dataframe'><tr><td>1</td></tr></table>"})),
        code("h", shown({"application/vnd.plotly.v1+json": {}})),
        code("i", shown({"application/javascript": "alert(1)"})),
    )
    notebook = page.find(class_="nnw-notebook")
    assert notebook.get_text().count("plain words") == 1
    png, vector = notebook.find_all("img")
    assert (png["width"], png["alt"]) == ("40", "plain words")
    assert vector["src"].startswith("data:image/svg+xml;base64,")
    assert len(notebook.find_all("math")) == 2
    assert notebook.find("strong").get_text() == "bold"
    assert '"<b>"' in notebook.get_text()
    assert notebook.find("table")["class"] == ["dataframe"]
    assert [note.get_text() for note in notebook.find_all(class_="nnw-note")] == [
        "An output that cannot be shown here is left out: application/vnd.plotly.v1+json.",
        "An output that runs a script of its own is left out.",
    ]


def test_rules_of_a_styled_table_are_kept_at_its_cells_and_nowhere_else(export):
    styled = (
        "<style>#T_1 .hot { background-color: #f00; color: white; position: fixed } body { display: none } "
        "td { background-image: url(https://a.org/x) } b[ { }</style><table id='T_1'><td class='hot'>1</td></table>"
    )
    page, parsed = export(code("styled", shown({"text/html": styled})), text("<b>other</b>"))
    cell = parsed.select_one(".nnw-html td")
    assert "style" not in cell.attrs  # a style that loads something is taken off as a whole
    kept = styled.replace("td { background-image: url(https://a.org/x) }", "")
    page, parsed = export(code("styled", shown({"text/html": kept})), text("<b>other</b>"))
    assert parsed.select_one(".nnw-html td")["style"] == "background-color: #f00; color: white;"
    assert "a.org" not in page
    assert "display: none }" not in page


def test_the_verdict_on_an_exercise_keeps_its_look(export):
    verdict = {"text/html": _verdict.Verdict("1.1", "right", "well done.")._repr_html_()}
    _, page = export(code("check('1.1', 3)", shown(verdict)))
    (box,) = page.select(".nnw-html > div")
    assert box["role"] == "status"
    assert "border-left: 4px solid" in box["style"].replace(":4px", ": 4px")
    assert "background" in box["style"]


def test_where_scripts_were_taken_out_of_an_output_a_picture_of_it_is_shown_and_that_is_said(export):
    script = "<div id='plot'></div><script>draw()</script>"
    both = {"text/html": script, "image/png": png_of(), "text/plain": "Figure()"}
    _, page = export(code("a", shown(both)), code("b", shown({"text/html": script, "text/plain": "Figure()"})))
    assert len(page.select(".nnw-notebook img")) == 1
    assert [note.get_text() for note in page.find_all(class_="nnw-note")] == [
        "Parts of this output that this page does not run are left out."
    ] * 2
    assert page.find(class_="nnw-text").get_text() == "Figure()"


@pytest.mark.parametrize(
    ("tags", "code_seen", "output_seen", "folds"),
    [
        ((), True, True, 0),
        (("remove-cell",), False, False, 0),
        (("remove-input",), False, True, 0),
        (("remove_output",), True, False, 0),
        (("hide-input",), True, True, 1),
        (("hide-output",), True, True, 1),
        (("hide-cell",), True, True, 1),
        (("hide-input", "hide-output"), True, True, 2),
    ],
)
def test_tags_take_out_and_fold_cells(export, tags, code_seen, output_seen, folds):
    cell = code("secret = 1", shown({"text/plain": "put out"}), tags=list(tags))
    _, page = export(cell, RAN)
    words = page.find(class_="nnw-notebook").get_text()
    assert ("secret" in words, "put out" in words) == (code_seen, output_seen)
    assert len(page.find_all("details", open=False)) == folds


# -- hostile notebooks ------------------------------------------------------------------------------

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<math><mtext><script>alert(1)</script></mtext></math>",
    "<iframe src='https://evil.example'></iframe>",
    "<meta http-equiv='refresh' content='0; url=https://evil.example'>",
    "<base href='https://evil.example'>",
    "<link rel=stylesheet href='https://evil.example/x.css'>",
    "<form action='https://evil.example'><input name=a><button>go</button></form>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href=' java\nscript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='//evil.example'>x</a>",
    "<p style='background:url(https://evil.example/x)'>x</p>",
    "<p style='background-color:u\\72l(https://evil.example/x)'>x</p>",
    "<p style='position:fixed;top:0'>x</p>",
    "<style>@import 'https://evil.example/x.css'; p { color: red }</style>",
    "<p id='nnw-page-data'>{}</p>",
    "<div class='nnw-page-widget' data-model='1'></div>",
    "<textarea><script>alert(1)</script></textarea>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<template><script>alert(1)</script></template>",
    "</div></main></body><script>alert(1)</script>",
    "<!--><script>alert(1)</script>-->",
    "<kbd>0-0</kbd>",
    "<object data='https://evil.example'></object><embed src='https://evil.example'>",
    "<video src='https://evil.example' autoplay></video>",
    '[x](javascript:alert(1)) ![x](javascript:alert(1)) ![x" onerror="alert(1)](y.png)',
    '```html"><script>alert(1)</script>\nx\n```',
)


TEXTS = ("href", "xmlns", "alt", "title", "id")  # attributes that load nothing


@pytest.mark.parametrize("bad", HOSTILE)
def test_what_is_in_a_notebook_runs_nothing_loads_nothing_and_takes_no_place_of_ours(export, bad):
    safe = {"text/plain": "x"}
    cells = (
        text(f"# {bad}\n\n{bad}\n\n## {bad}\n\n| {bad} |\n|---|\n| ${bad}$ |"),
        code(bad, *(shown({kind: bad} | safe) for kind in ("text/html", "text/markdown", "text/latex"))),
        code("x", shown({"text/plain": bad}), shown({"image/png": bad} | safe), shown({"application/json": bad})),
        code("y", nbformat.v4.new_output("stream", name=bad, text=bad)),
        code("z", nbformat.v4.new_output("error", ename=bad, evalue=bad, traceback=[bad])),
        nbformat.v4.new_raw_cell(bad),
    )
    page, parsed = export(*cells)
    _, harmless = export(text("# x"), RAN)
    assert len(parsed.find_all("script")) == len(harmless.find_all("script"))
    body = parsed.find(class_="nnw-notebook")
    assert body.parent.name == "main"
    assert not body.find_all(
        ["script", "style", "iframe", "meta", "base", "link", "form", "button", "object", "embed", "video", "template",
         "svg", "textarea", "noscript"]
    )  # fmt: skip
    assert len(parsed.find_all(id="nnw-page-data")) == 1
    assert not parsed.find_all(class_="nnw-page-widget")
    for element in body.find_all(recursive=True):
        assert not [name for name in element.attrs if name.startswith(("on", "data-"))], element
        assert re.match(r"data:image/|$", element.get("src", "")), element
        assert re.match(r"https?:|#|[^:]*$", element.get("href", "")), element
        assert not element.get("href", "").startswith("//"), element
        assert not re.search(r"url|\\|position|@", element.get("style", "")), element
        others = (value for name, value in element.attrs.items() if name not in TEXTS)
        assert not any("://" in str(value) for value in others if not str(value).startswith("data:")), element
    assert page.count("Content-Security-Policy") == 1


def test_a_page_that_a_hostile_name_is_in_says_it_as_text(export):
    data = np.random.default_rng(0).normal(size=(20, 2)), ["<img src=x onerror=alert(1)>", "b"] * 10
    trainer = PlanarTrainer(data, engine="eager")
    _, page = export(code("trainer", view(trainer)), widgets=[trainer])
    assert not page.select("img[onerror]")
    trainer.close()


# -- widgets ----------------------------------------------------------------------------------------


def test_a_widget_has_a_place_with_a_picture_for_where_no_script_runs(export, neuron):
    _, page = export(code("neuron", view(neuron)), widgets=[neuron])
    (place,) = page.find_all(class_="nnw-page-widget")
    assert place["data-model"] == neuron.model_id
    image = place.find("img")
    assert image["src"].startswith("data:image/png;base64,")
    assert image["alt"] == "NeuronExplorer. This picture stands in where no JavaScript runs."
    known = json.loads(page.find(id="nnw-page-data").string)
    assert list(known["widgets"]) == [neuron.model_id]


def test_what_pytorch_finds_for_presets_is_brought_along_where_it_can_be_found_again(export):
    usual, own = (
        BackpropExplorer(),
        BackpropExplorer(
            model=torch.nn.Sequential(torch.nn.Linear(1, 1)), inputs=[[1.0]], targets=[[1.0]], loss_fn="mse"
        ),
    )
    for explorer in (usual, own):
        explorer.wait()
    _, page = export(code("usual", view(usual)), code("own", view(own)), widgets=[usual, own])
    known = json.loads(page.find(id="nnw-page-data").string)["widgets"]
    assert len(known[usual.model_id]["answers"]) >= len(BackpropExplorer.PRESETS) - 1
    assert known[own.model_id]["answers"] == []
    usual.close()
    own.close()


def test_what_of_a_notebook_is_not_shown_is_not_in_its_page(export, neuron):
    other = ActivationExplorer()
    page, _ = export(code("neuron", view(neuron)), widgets=[neuron, other])
    assert other.model_id not in page
    other.close()


def test_where_some_widgets_were_not_saved_that_is_said_in_their_places_and_as_a_warning(tmp_path, neuron):
    lost = ActivationExplorer()
    source = write_notebook(
        tmp_path / "some.ipynb",
        code("neuron", view(neuron)),
        code("import x\nlost", view(lost, **{"image/png": png_of()})),
        code("later()", ran=False),
        widgets=[neuron],
    )
    with pytest.warns(UserWarning, match=r"cell 3 was not run; the widget of cell 2 \(lost\) was not saved") as warned:
        page = BeautifulSoup(export_notebook(source).read_text(), "html.parser")
    assert warned[0].filename == __file__
    notes = [note.get_text() for note in page.find_all(class_="nnw-note")]
    assert notes == ["This widget was not saved with the notebook.", "This cell was not run."]
    assert page.find("img", src=f"data:image/png;base64,{png_of()}") is not None
    lost.close()


# -- what cannot be exported ------------------------------------------------------------------------


def test_a_notebook_that_was_not_run_is_refused_with_what_to_do(tmp_path):
    source = write_notebook(tmp_path / "new.ipynb", text("# Title"), code("import nnwidgets", ran=False))
    with pytest.raises(ValueError, match=r"from cell 2 \(import nnwidgets\).* --execute --inplace new\.ipynb"):
        export_notebook(source)
    assert not (tmp_path / "new.html").exists()


def test_a_notebook_without_the_state_of_its_widgets_is_refused_with_what_to_do(tmp_path, neuron):
    source = write_notebook(tmp_path / "bare.ipynb", code("import x\n\nx.neuron()", view(neuron)))
    with pytest.raises(ValueError, match=r"cell 1 \(x\.neuron\(\)\).*Save Widget State Automatically.*--execute"):
        export_notebook(source)


def test_a_notebook_of_text_alone_needs_no_run(export):
    _, page = export(text("# Only words"))
    assert page.title.string == "Only words"


BROKEN = {
    "nothing": ("", "is no notebook"),
    "no JSON": ("{", "is no notebook"),
    "a list": ("[]", "has no cells"),
    "no cells": ('{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "has no cells"),
    "format 3": ('{"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": []}', "format 3, and format 4"),
    "a later format": ('{"nbformat": 5, "nbformat_minor": 0, "metadata": {}, "cells": []}', "format 5"),
    "cells that are none": ('{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{}]}', "no valid notebook"),
    "cells of text": ('{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": "x"}', "no valid notebook"),
    "no metadata": ('{"nbformat": 4, "nbformat_minor": 5, "cells": []}', "no valid notebook"),
    "deep": ("[" * 100_000, "is no notebook"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_is_no_notebook_is_refused_in_words(tmp_path, name):
    content, said = BROKEN[name]
    path = tmp_path / "broken.ipynb"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=said) as raised:
        export_notebook(path)
    assert "broken.ipynb" in str(raised.value)


def test_paths_that_lead_nowhere_are_refused_in_words(tmp_path):
    source = write_notebook(tmp_path / "one.ipynb", RAN)
    with pytest.raises(FileNotFoundError, match="no notebook"):
        export_notebook(tmp_path / "gone.ipynb")
    with pytest.raises(IsADirectoryError, match="is a folder, not a notebook"):
        export_notebook(tmp_path)
    with pytest.raises(FileNotFoundError, match="no folder"):
        export_notebook(source, tmp_path / "gone" / "one.html")
    with pytest.raises(ValueError, match=r"must end in \.html, for a page, or in \.ipynb"):
        export_notebook(source, tmp_path / "one.pdf")
    (tmp_path / "folder.html").mkdir()
    with pytest.raises(IsADirectoryError, match="say which file"):
        export_notebook(source, tmp_path / "folder.html")


@pytest.mark.parametrize(("module", "name"), [("latex2mathml.converter", "latex2mathml"), ("nbconvert", "nbconvert")])
def test_what_is_not_installed_is_named_with_how_to_get_it(tmp_path, monkeypatch, module, name):
    source = write_notebook(tmp_path / "one.ipynb", RAN)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=rf'needs {name}, .* pip install "nnwidgets\[export\]"'):
        export_notebook(source)


def test_importing_the_package_loads_neither_pytorch_nor_what_exports():
    program = (
        "import sys, nnwidgets, nnwidgets.export.notebook; nnwidgets.export_notebook; "
        "print(*sorted({'torch', 'nbconvert', 'nbformat', 'bs4', 'matplotlib', 'anywidget'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_a_page_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    source = write_notebook(tmp_path / "one.ipynb", RAN)
    target = export_notebook(source, tmp_path / "page.html")
    target.chmod(0o640)
    before = target.read_text()
    export_notebook(source, target)
    assert target.stat().st_mode & 0o777 == 0o640
    monkeypatch.setattr("pathlib.Path.replace", lambda self, other: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        export_notebook(source, target)
    assert target.read_text() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.ipynb", "page.html"]


def test_what_keeps_a_page_from_being_written_is_said_of_the_page(tmp_path, monkeypatch):
    source = write_notebook(tmp_path / "one.ipynb", RAN)

    def fail(self, *_, **__):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr("pathlib.Path.write_text", fail)
    with pytest.raises(PermissionError) as raised:
        export_notebook(source, tmp_path / "page.html")
    assert raised.value.filename == str(tmp_path / "page.html")
    assert ".part" not in str(raised.value)


def test_the_command_line_says_where_the_page_is_or_what_is_wrong(tmp_path, capsys):
    source = write_notebook(tmp_path / "one.ipynb", RAN)
    main([str(source)])
    assert capsys.readouterr().out.strip() == str(tmp_path / "one.html")
    with pytest.raises(SystemExit) as ended:
        main([str(tmp_path / "gone.ipynb")])
    assert ended.value.code == 1
    assert "there is no notebook" in capsys.readouterr().err


# -- notebooks with pictures ------------------------------------------------------------------------


@pytest.fixture
def jupyter(tmp_path, monkeypatch):
    """Jupyter's data of nobody else's."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))


@pytest.fixture
def pictured(tmp_path, jupyter):
    """A notebook with a trained trainer, a function to export it, and the trainer."""
    trainer = PlanarTrainer(hidden_layers=(2,), engine="eager", n_samples=50)
    trainer.train(epochs=2)
    trainer.wait()
    cells = (text("# One"), code("trainer", view(trainer)), code("1", shown({"text/plain": "1"})))
    source = write_notebook(tmp_path / "one.ipynb", *cells, widgets=[trainer])
    yield source, trainer
    trainer.close()


def test_a_copy_has_beside_each_widget_its_picture_and_what_it_is(pictured, tmp_path):
    source, trainer = pictured
    before = nbformat.read(source, as_version=4)
    assert export_notebook(source, tmp_path / "copy.ipynb") == tmp_path / "copy.ipynb"
    after = nbformat.read(tmp_path / "copy.ipynb", as_version=4)
    nbformat.validate(after)
    assert nbformat.read(source, as_version=4) == before
    (output,) = after.cells[1].outputs
    assert output.data[VIEW] == before.cells[1].outputs[0].data[VIEW]
    assert f"epoch 2, loss {trainer.loss:.3g}" in output.data["text/plain"]
    image = Image.open(io.BytesIO(base64.b64decode(output.data["image/png"])))
    size = output.metadata["image/png"]
    assert (image.width, image.height) == pytest.approx((2 * size["width"], 2 * size["height"]), abs=1)
    # Nothing else has changed.
    output.data = before.cells[1].outputs[0].data
    output.metadata = {}
    assert after == before


def test_a_notebook_is_written_in_place_and_again_with_the_same_result(pictured):
    source, _ = pictured
    export_notebook(source, source)
    once = source.read_bytes()
    assert b"image/png" in once
    export_notebook(source, source)
    assert source.read_bytes() == once


def test_the_picture_is_seen_where_no_widgets_are_and_the_widget_where_they_are(pictured):
    source, trainer = pictured
    export_notebook(source, source)
    notebook = nbformat.read(source, as_version=4)
    (output,) = notebook.cells[1].outputs
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        live, _ = HTMLExporter().from_notebook_node(notebook)
        notebook.cells = [cell for cell in notebook.cells if cell.cell_type == "code"]  # text needs pandoc
        latex, others = LatexExporter().from_notebook_node(notebook)
        del notebook.metadata["widgets"]
        still, _ = HTMLExporter().from_notebook_node(notebook)
    image = output.data["image/png"].strip()
    assert f'"model_id": "{trainer.model_id}"' in live
    assert image not in live
    assert "includegraphics" in latex
    assert any(name.endswith(".png") for name in others["outputs"])
    assert image in still


def test_a_notebook_that_is_trusted_stays_so_and_another_does_not_become_it(pictured, tmp_path):
    from nbformat.sign import NotebookNotary

    def is_trusted(path):
        notary = NotebookNotary()
        try:
            return notary.check_signature(nbformat.read(path, as_version=4))
        finally:
            notary.store.close()

    source, _ = pictured
    export_notebook(source, tmp_path / "other.ipynb")
    assert not is_trusted(tmp_path / "other.ipynb")
    notary = NotebookNotary()
    notary.sign(nbformat.read(source, as_version=4))
    notary.store.close()
    export_notebook(source, source)
    assert is_trusted(source)


def test_ids_of_cells_are_kept(pictured, tmp_path):
    source, _ = pictured
    export_notebook(source, tmp_path / "copy.ipynb")
    first, second = (nbformat.read(path, as_version=4) for path in (source, tmp_path / "copy.ipynb"))
    assert [cell.id for cell in first.cells] == [cell.id for cell in second.cells]
