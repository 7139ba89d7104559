import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { minify } from "terser";
import { describe, expect, it } from "vitest";
import { INTERNAL } from "../internal-names.mjs";
import { shareStrings } from "../share-strings.mjs";

const here = join(dirname(fileURLToPath(import.meta.url)), "..");
const names = new RegExp(`\\b(?:${INTERNAL.join("|")})\\b`, "g");
const sources = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.tsx?$/.test(entry.name) ? [path] : [];
  });
const read = (path: string) => readFileSync(path, "utf8");

describe("names that bundles have short ones for", () => {
  it("are none of the browser’s", () => {
    const lib = readdirSync(join(here, "node_modules/@typescript"))
      .filter((name) => name.startsWith("typescript-"))
      .map((name) => join(here, "node_modules/@typescript", name, "lib"))[0] as string;
    const known = readdirSync(lib).filter((name) => /^lib\.(dom|es).*\.d\.ts$/.test(name));
    expect(known.length).toBeGreaterThan(10);
    for (const name of known) {
      const declared = read(join(lib, name)).matchAll(
        /^\s*(?:readonly |get |set )*"?([\w$]+)"?\??\s*[(:<]/gm,
      );
      for (const [, property = ""] of declared) expect(INTERNAL).not.toContain(property);
    }
  });

  it("are none of a model’s", () => {
    expect(read(join(here, "src/generated/protocol.ts")).match(names)).toBeNull();
  });

  it("stand in no text that could be one, and in no attribute of the page", () => {
    for (const path of sources(join(here, "src"))) {
      // Those of types are gone when it runs.
      const text = read(path)
        .replaceAll(/\b(?:Omit|Pick)<[^>]*>/g, "")
        .replaceAll(/\w+\["\w+"\](?=\[|>|;|\))/g, "");
      for (const name of INTERNAL)
        expect(text, `${name} in ${path}`).not.toMatch(
          new RegExp(`["'\`]${name}["'\`]|dataset\\.${name}\\b`),
        );
    }
  });
});

describe("texts that a bundle has once", () => {
  async function shared(source: string): Promise<string> {
    const { ast } = (await minify(source, {
      module: true,
      compress: false,
      mangle: false,
      format: { spidermonkey: true, code: false } as never,
    })) as { ast?: object };
    const parse = { spidermonkey: true } as never;
    return (
      (await minify(shareStrings(ast ?? {}) as never, { module: true, compress: false, parse })).code ?? ""
    );
  }
  const long = "a text that is long enough";

  it("leave the program the same", async () => {
    const source = `
      import * as other from "node:path";
      const table = { "${long}": "${long}", ["${long}" + 1]: "${long}" };
      const { "${long}": taken } = table;
      const call = (text = "${long}") => [text, \`${long}\`, typeof text === "string", ["${long}", taken]];
      export const answer = { table, called: call(), keys: Object.keys(table), is: "${long}" === taken, has: !!other };
      export * from "node:url";
    `;
    const code = await shared(source);
    const load = (text: string) => import(`data:text/javascript,${encodeURIComponent(text)}`);
    expect((await load(code)).answer).toEqual((await load(source)).answer);
    expect(code.split(`"${long}"`).length - 1).toBe(3); // once as a text, twice as the name of a property
  });

  it("are those that it shortens", async () => {
    expect(await shared(`export const one = "${long}", two = ["ab", "ab"];`)).toMatch(/^export/);
  });
});
