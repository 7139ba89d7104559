import { afterEach, describe, expect, it, vi } from "vitest";
import { watchTheme } from "../../src/components/theme";

// How the places where notebooks are opened say that their theme has changed.
const CHANGES: [place: string, element: () => HTMLElement, attribute: string, value: string][] = [
  ["JupyterLab", () => document.body, "data-jp-theme-light", "false"],
  ["VS Code", () => document.body, "class", "vscode-dark"],
  ["Colab", () => document.documentElement, "theme", "dark"],
  ["Sphinx", () => document.body, "data-theme", "dark"],
  ["a page of ours", () => document.documentElement, "data-theme", "dark"],
];

afterEach(() => {
  vi.unstubAllGlobals();
  for (const [, element, attribute] of CHANGES) element().removeAttribute(attribute);
});

describe("a theme", () => {
  it.each(CHANGES)("of %s is seen to change", async (_, element, attribute, value) => {
    const changed = vi.fn();
    const stop = watchTheme(document.createElement("div"), changed);
    element().setAttribute("lang", "en");
    await vi.waitFor(() => Promise.resolve());
    expect(changed).not.toHaveBeenCalled();
    element().setAttribute(attribute, value);
    await vi.waitFor(() => expect(changed).toHaveBeenCalled());
    stop();
  });

  it("is the browser's where a page leaves it to the browser", async () => {
    const system = Object.assign(new EventTarget(), { matches: true });
    vi.stubGlobal("matchMedia", () => system);
    const root = document.createElement("div");
    root.dataset.theme = "light";
    const stop = watchTheme(root, vi.fn());
    expect(root.dataset.theme).toBe("light");
    const changed = vi.fn();
    const left = document.createElement("div");
    const stopLeft = watchTheme(left, changed);
    document.body.dataset.theme = "auto";
    await vi.waitFor(() => expect(changed).toHaveBeenCalled());
    expect(left.dataset.theme).toBe("dark");
    system.matches = false;
    system.dispatchEvent(new Event("change"));
    expect(changed).toHaveBeenCalledTimes(2);
    expect(left.dataset.theme).toBeUndefined();
    stop();
    stopLeft();
    system.matches = true;
    system.dispatchEvent(new Event("change"));
    expect(left.dataset.theme).toBeUndefined();
  });
});
