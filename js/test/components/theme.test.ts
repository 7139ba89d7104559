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
    changed.mockClear();
    element().setAttribute("lang", "en");
    await vi.waitFor(() => Promise.resolve());
    expect(changed).not.toHaveBeenCalled();
    element().setAttribute(attribute, value);
    await vi.waitFor(() => expect(changed).toHaveBeenCalled());
    stop();
  });

  it("is the browser's where a page leaves it to the browser", async () => {
    const system: { matches: boolean; onchange: (() => void) | null } = { matches: true, onchange: null };
    vi.stubGlobal("matchMedia", () => system);
    const root = document.createElement("div");
    const changed = vi.fn();
    const stop = watchTheme(root, changed);
    expect(root.classList.contains("nnw-dark")).toBe(false);
    changed.mockClear();
    document.body.dataset.theme = "auto";
    await vi.waitFor(() => expect(changed).toHaveBeenCalled());
    expect(root.classList.contains("nnw-dark")).toBe(true);
    system.matches = false;
    system.onchange?.();
    expect(changed).toHaveBeenCalledTimes(2);
    expect(root.classList.contains("nnw-dark")).toBe(false);
    stop();
    expect(system.onchange).toBeNull();
  });
});
