// Builds one self-contained ES module per widget, and one stylesheet for all, into the Python package.
// `node build.mjs neuron` builds one of them anew.
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, context } from "esbuild";
import { minify } from "terser";
import { INTERNAL } from "./internal-names.mjs";
import { shareStrings } from "./share-strings.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const output = join(here, "..", "nnwidgets", "static");

// A module travels with every widget instance and into every saved notebook.
// What steps a network has a trainer's header, and the numbers of every kind of node in words, formulas and drawings.
const TRAINER_LIMIT_BYTES = 200_000;
const LIMIT_BYTES = Object.fromEntries(
  [
    "anatomy.js",
    "backprop.js",
    "planar.js",
    "images.js",
    "perceptron.js",
    "function.js",
    "nnwidgets.css",
  ].map((name) => [name, TRAINER_LIMIT_BYTES]),
);
const EXPLORER_LIMIT_BYTES = 120_000;
// What a page that stands on its own has beside its widgets.
const PAGE_LIMIT_BYTES = 12_000;
for (const name of ["page.js", "page.css"]) LIMIT_BYTES[name] = PAGE_LIMIT_BYTES;
const BUNDLED = ["preact", "@preact/signals"];

const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const widgets = (await readdir(join(here, "src", "widgets"))).filter(
  (name) =>
    [".ts", ".tsx"].includes(extname(name)) &&
    (!wanted.length || wanted.includes(name.slice(0, -extname(name).length))),
);

const options = {
  absWorkingDir: here,
  entryPoints: [
    ...widgets.map((name) => ({ in: `src/widgets/${name}`, out: name.slice(0, -extname(name).length) })),
    { in: "src/styles/index.css", out: "nnwidgets" },
  ],
  outdir: output,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  metafile: true,
  legalComments: "none",
  // Children as arguments are some kilobytes shorter than as a property, of which each element has one.
  jsx: "transform",
  jsxFactory: "h",
  jsxFragment: "Fragment",
  inject: ["jsx.ts", "globals.ts"].map((name) => join(here, "src", name)),
  define: {
    "Number.POSITIVE_INFINITY": "Infinity",
    "Number.NaN": "NaN",
    "window.__PREACT_SIGNALS_DEVTOOLS__": "false",
  },
  tsconfigRaw: {},
  mangleProps: new RegExp(`^(?:${INTERNAL.join("|")})$`),
};
/** The page itself is no component. */
const pageOptions = {
  ...options,
  entryPoints: ["ts", "css"].map((kind) => ({ in: `src/page/page.${kind}`, out: "page" })),
  inject: [],
};

/** Sizes are what travels: a second minifier finds some more of what says the same in fewer letters. */
async function finish(file) {
  const path = join(here, file);
  if (path.endsWith(".js")) {
    const { ast } = await minify(await readFile(path, "utf8"), {
      module: true,
      ecma: 2022,
      // Functions without `this` are arrows: none of them is called with `new`. Nothing that is put into a text, or
      // thrown, minds how. Getters are not pure: reading a signal is what follows it.
      compress: { passes: 3, unsafe: true, unsafe_arrows: true },
      format: { spidermonkey: true, code: false },
    });
    const { code } = await minify(shareStrings(ast), {
      module: true,
      ecma: 2022,
      compress: false,
      parse: { spidermonkey: true },
    });
    await writeFile(path, code);
  }
  const { size } = await stat(path);
  console.log(`${basename(file).padEnd(16)} ${(size / 1000).toFixed(1).padStart(7)} kB`);
  const limit = LIMIT_BYTES[basename(file)] ?? EXPLORER_LIMIT_BYTES;
  if (size > limit) {
    console.error(`${basename(file)} has ${size} bytes; at most ${limit} may travel with a notebook`);
    process.exitCode = 1;
  }
}

/** The licences of what is bundled must go where the bundle goes. */
async function writeLicenses() {
  const texts = await Promise.all(
    BUNDLED.map(async (name) => {
      const text = await readFile(join(here, "node_modules", name, "LICENSE"), "utf8");
      return `${name}\n${"-".repeat(name.length)}\n${text.trim()}\n`;
    }),
  );
  await writeFile(join(output, "third-party-licenses.txt"), texts.join("\n\n"));
}

await mkdir(output, { recursive: true });
if (process.argv.includes("--watch")) {
  for (const each of [options, pageOptions]) await (await context(each)).watch();
} else {
  for (const name of wanted.length ? [] : await readdir(output))
    await rm(join(output, name), { recursive: true });
  const built = await Promise.all([build(options), build(pageOptions)]);
  await writeLicenses();
  for (const { metafile } of built) for (const file of Object.keys(metafile.outputs)) await finish(file);
}
