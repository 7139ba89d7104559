import { beforeEach, describe, expect, it, vi } from "vitest";
import type { PageBox, PageData, PageWidget } from "../../src/generated/protocol";
import { createShow, type Modules } from "../../src/page/show";

const widget = (module: string, traits: Record<string, unknown> = {}): PageWidget => ({
  kind: "widget",
  module,
  name: "Explorer",
  state: { traits, buffers: [], numbers: [] },
  answers: [],
  layout: { width: "50%" },
});
const box = (children: string[], titles: string[] = []): PageBox => ({
  kind: "box",
  shape: "row",
  children,
  titles,
  layout: {},
});
const page = (widgets: PageData["widgets"]): PageData => ({ widgets, links: [] });

let place: HTMLElement;
beforeEach(() => {
  place = document.createElement("div");
  place.innerHTML = "<p>a picture</p>";
});

const writes = {
  render({ el, model }: { el: HTMLElement; model: { get(name: string): unknown } }) {
    el.textContent = `shown ${String(model.get("x") ?? "")}`;
  },
};

const DAMAGED =
  "Explorer cannot be shown: what was saved of it is damaged. Run its notebook again, save it, and make this page anew.";

describe("a page", () => {
  it("shows a widget in its place, instead of what stands there where no script runs", async () => {
    await createShow(page({ a: widget("own", { x: 3 }) }), { own: writes } as Modules)("a", place);
    expect(place.textContent).toBe("shown 3");
    expect((place.firstElementChild as HTMLElement).style.width).toBe("50%");
  });

  it("begins a model once, whatever the number of its views", async () => {
    const initialize = vi.fn();
    const show = createShow(page({ a: widget("own") }), {
      own: () => ({ ...writes, initialize }),
    } as Modules);
    const other = document.createElement("div");
    await show("a", place);
    await show("a", other);
    expect(initialize).toHaveBeenCalledTimes(1);
    expect([place.textContent, other.textContent]).toEqual(["shown ", "shown "]);
  });

  it("says what a widget fails with, beside what stood there, and shows the others", async () => {
    const fails = {
      render({ el }: { el: HTMLElement }) {
        el.textContent = "half";
        throw new Error("<b>no</b>");
      },
    };
    const widgets = { a: widget("fails"), b: widget("gone"), c: widget("own"), d: widget("toString") };
    const show = createShow(page({ ...widgets, all: box(["a", "b", "c", "d"]) }), {
      fails,
      own: writes,
    } as unknown as Modules);
    await show("a", place);
    const said = () => place.querySelector("[role=alert] > p")?.textContent;
    expect(place.firstChild?.textContent).toBe("a picture");
    expect(said()).toBe(DAMAGED);
    expect(place.querySelector("details:not([open]) > pre")?.textContent).toBe("Error: <b>no</b>");
    await show("all", place);
    const notes = [...place.querySelectorAll("[role=alert]")].map((note) => note.textContent);
    expect(notes.slice(1)).toEqual(
      Array(2).fill("Explorer cannot be shown: its script did not run in this browser."),
    );
    expect(place.textContent).toContain("shown");
  });

  it("says of a state that cannot be read what to do about it, and why in a detail", async () => {
    const unread = widget("own");
    unread.state.buffers.push({ path: ["x"], data: "no base64!" });
    await createShow(page({ a: unread }), { own: writes } as Modules)("a", place);
    expect(place.querySelector("[role=alert] > p")?.textContent).toBe(DAMAGED);
    expect(place.querySelector("details > pre")?.textContent).toContain("Error");
  });

  it("lays out boxes, also those that are in each other, with the titles of their pages", async () => {
    const widgets = { a: widget("own"), inner: box(["a", "outer"]), outer: box(["inner"], ["<i>one</i>"]) };
    await createShow(page(widgets), { own: writes } as Modules)("outer", place);
    expect(place.querySelectorAll(".nnw-page-box").length).toBe(2);
    expect(place.querySelector("h2")?.textContent).toBe("<i>one</i>");
    expect(place.textContent).toBe("<i>one</i>shown ");
  });

  it("says what it cannot show, as text", async () => {
    await createShow(page({ a: { kind: "other", text: "<img src=x>" } }), {})("a", place);
    expect(place.querySelector(".nnw-page-note")?.textContent).toBe("<img src=x>");
  });
});
