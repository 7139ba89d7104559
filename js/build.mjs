// Builds one self-contained ES module per widget, and one stylesheet for all, into the Python package.
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, context } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const output = join(here, "..", "nnwidgets", "static");

// A module travels with every widget instance and into every saved notebook.
const LIMIT_BYTES = 200_000;
const BUNDLED = ["preact", "@preact/signals"];

const widgets = (await readdir(join(here, "src", "widgets"))).filter((name) =>
  [".ts", ".tsx"].includes(extname(name)),
);

const report = {
  name: "report",
  setup(instance) {
    instance.onEnd(({ metafile }) => {
      for (const [file, { bytes }] of Object.entries(metafile?.outputs ?? {})) {
        console.log(`${basename(file).padEnd(16)} ${(bytes / 1000).toFixed(1).padStart(7)} kB`);
      }
    });
  },
};

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
  jsx: "automatic",
  jsxImportSource: "preact",
  plugins: [report],
};

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
  await (await context(options)).watch();
} else {
  for (const name of await readdir(output)) await rm(join(output, name), { recursive: true });
  const { metafile } = await build(options);
  await writeLicenses();
  for (const [file, { bytes }] of Object.entries(metafile.outputs)) {
    if (bytes > LIMIT_BYTES) {
      console.error(
        `${basename(file)} has ${bytes} bytes; at most ${LIMIT_BYTES} may travel with a notebook`,
      );
      process.exitCode = 1;
    }
  }
}
