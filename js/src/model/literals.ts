// Values as Python writes them, and scripts with such values filled in: the twin of widgets/_literals.py.

export type Words = Record<string, readonly [setting: string, texts: Record<string, string>]>;

const TINY = 1e-4;
/** Where Python begins to write powers of ten. */
const HUGE = 1e16;

function numeral(value: number): string {
  if (!Number.isFinite(value)) return `float("${String(value).toLowerCase().replace("infinity", "inf")}")`;
  const size = Math.abs(value);
  return size && (size < TINY || size >= HUGE) ? value.toExponential() : String(value);
}

/** A setting as an expression. */
export function literal(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return numeral(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  const entries = Object.entries(value).map(([key, each]) => `${literal(key)}: ${literal(each)}`);
  return `{${entries.join(", ")}}`;
}

/** A script with each `⟨place⟩` filled in: by a setting, or by a text that one decides on. */
export function fill(script: string, words: Words, settings: Record<string, unknown>): string {
  return script.replace(/⟨(\w+)⟩/g, (_, name: string) => {
    const [setting, texts] = words[name] ?? [];
    return setting === undefined
      ? literal(settings[name])
      : fill(texts?.[String(settings[setting])] ?? "", words, settings);
  });
}
