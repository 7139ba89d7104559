// Widgets and boxes of them, each in its place.
import type { AnyWidget, Experimental, Host } from "@anywidget/types";
import type { PageBox, PageData, PageWidget } from "../generated/protocol";
import { link } from "./links";
import { createModel, type PageModel } from "./model";

/** The modules of the page by their names; each of their scripts adds itself. */
export type Modules = Readonly<Record<string, AnyWidget | undefined>>;

interface Running {
  readonly model: PageModel;
  readonly definition: Exclude<AnyWidget, () => unknown>;
}

const NO_SCRIPT = "its script did not run in this browser.";
const DAMAGED = "what was saved of it is damaged. Run its notebook again, save it, and make this page anew.";

const nobody = () => Promise.reject(new Error("there is no kernel behind a page"));
const experimental: Experimental = { invoke: nobody };
const host: Host = { getWidget: nobody, getModel: nobody };
/** A module is not there; whatever else goes wrong is for what was saved is not what the module once made. */
class MissingScript extends Error {}

/** A page is never taken apart. */
const { signal } = new AbortController();

export function createShow({ widgets, links }: PageData, modules: Modules) {
  const models = new Map<string, PageModel>();
  const unread = new Map<string, unknown>();
  const running = new Map<string, Promise<Running>>();

  async function run(widget: PageWidget, model: PageModel): Promise<Running> {
    const module = Object.hasOwn(modules, widget.module) ? modules[widget.module] : undefined;
    if (!module) throw new MissingScript();
    const definition = typeof module === "function" ? await module() : module;
    await definition.initialize?.({ model, signal, experimental });
    return { model, definition };
  }

  /** The views of a model share it, and what its module keeps for it. */
  function runningOf(id: string, widget: PageWidget): Promise<Running> {
    const known = running.get(id);
    if (known) return known;
    const model = models.get(id);
    const found = model ? run(widget, model) : Promise.reject(unread.get(id));
    running.set(id, found);
    return found;
  }

  async function showWidget(id: string, widget: PageWidget, place: HTMLElement): Promise<void> {
    const { model, definition } = await runningOf(id, widget);
    const el = document.createElement("div");
    lay(el, widget.layout);
    // What stands for the widget where no script runs leaves when it is there, not before.
    place.append(el);
    try {
      await definition.render?.({ model, el, signal, host, experimental });
    } catch (error) {
      el.remove();
      throw error;
    }
    for (const other of [...place.childNodes]) if (other !== el) other.remove();
  }

  async function showBox(box: PageBox, place: HTMLElement, around: readonly string[]): Promise<void> {
    const el = document.createElement("div");
    el.className = `nnw-page-box nnw-page-${box.shape}`;
    lay(el, box.layout);
    place.replaceChildren(el);
    for (const [index, child] of box.children.entries()) {
      const title = box.titles[index];
      if (title) el.append(text("h2", title));
      const item = document.createElement("div");
      item.className = "nnw-page-item";
      el.append(item);
      await show(child, item, around);
    }
  }

  /** Shows a model in its place; what goes wrong is said there, and nowhere else. */
  async function show(id: string, place: HTMLElement, around: readonly string[] = []): Promise<void> {
    const widget = Object.hasOwn(widgets, id) ? widgets[id] : undefined;
    try {
      if (widget?.kind === "widget") await showWidget(id, widget, place);
      else if (widget?.kind === "box" && !around.includes(id)) await showBox(widget, place, [...around, id]);
      else if (widget?.kind === "other") place.append(text("p", widget.text, "nnw-page-note"));
    } catch (error) {
      const name = widget?.kind === "widget" ? widget.name : "This widget";
      const isMissing = error instanceof MissingScript;
      const said = text("div", "", "nnw-page-note nnw-page-error");
      said.setAttribute("role", "alert");
      said.append(text("p", `${name} cannot be shown: ${isMissing ? NO_SCRIPT : DAMAGED}`));
      place.append(said);
      if (isMissing) return;
      const details = document.createElement("details");
      details.append(text("summary", "Details"), text("pre", String(error)));
      said.append(details);
    }
  }

  for (const [id, widget] of Object.entries(widgets)) {
    if (widget.kind !== "widget") continue;
    try {
      models.set(id, createModel(widget));
    } catch (error) {
      unread.set(id, error); // which the place of the widget says
    }
  }
  for (const each of links) link(models, each);
  return show;
}

function text(tag: "p" | "h2" | "div" | "summary" | "pre", content: string, name = ""): HTMLElement {
  const element = document.createElement(tag);
  element.textContent = content;
  if (name) element.className = name;
  return element;
}

function lay(element: HTMLElement, layout: Record<string, string>): void {
  for (const [name, value] of Object.entries(layout)) element.style.setProperty(name, value);
}
