// The ledger as a file: one SVG with all rows, their rail and their bars, which needs nothing else to be shown.
import type { Theme } from "../../draw/colour";
import { download } from "../download";
import { type Bin, binsOf, decadePlace, isShared } from "./cells";
import { type Column, type Columns, DIGITS, INDENT, type Measure, ROW, TO_BAR, TRIANGLE } from "./columns";
import { columnsFor, type Drawn, inkOf, railOf } from "./drawn";
import type { Guess } from "./guess";
import { headingOf } from "./headings";
import { amountText, lineOf } from "./line";
import { arcPath, bondPath, dotOf, headPath, linkPath, middleOf, ringPath, spinePath } from "./marks";
import { LANES } from "./rail";
import { binPath, blockRect, type Ink, SIGNS, SPREAD } from "./row";
import type { Anatomy } from "./state";
import { bytesText, counted, countText, shortCount } from "./texts";
import type { Row, Tree, Visible } from "./tree";

interface Saved {
  anatomy: Pick<Anatomy, "tree" | "visible" | "numbers" | "selected">;
  guess: Guess;
  measure: Measure;
  theme: Theme;
  /** What the ledger has on screen. */
  width: number;
}

/** How wide a text is, in pixels. */
export type Ruler = (text: string, size: number, strong?: boolean) => number;

const MARGIN = 16;
const TOP = 34;

/** Letters that a file of this kind cannot have at all, and those that mean something in it. */
const FORBIDDEN = /(?![\t\n\r])\p{Cc}|\p{Cs}|[\ufffe\uffff]/gu;
const MEANT: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};
export const escaped = (text: string) =>
  text.replace(FORBIDDEN, "\ufffd").replace(/[&<>"']/g, (letter) => MEANT[letter] as string);

type Values = Record<string, string | number | undefined>;
const number = (value: number) => String(Number(value.toFixed(2)));

function element(name: string, values: Values, inner = ""): string {
  const written = Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === "number" ? number(value) : escaped(String(value))}"`);
  return inner ? `<${name}${written.join("")}>${inner}</${name}>` : `<${name}${written.join("")}/>`;
}

interface Written {
  fill?: string;
  size?: number;
  strong?: boolean;
  end?: boolean;
  middle?: boolean;
}

/** As SVG; null where there is nothing to be drawn. */
export function drawSvg({ anatomy, guess, measure, theme, width }: Saved, ruler: Ruler): string | null {
  const { tree, visible, numbers, selected } = anatomy;
  if (!tree || !visible) return null;
  const drawn = railOf(tree, visible);
  const own = columnsFor(width, drawn.places, measure, numbers);
  const ink = inkOf({ tree, visible, guess, columns: own, query: "", numbers });
  const columns = roomyOf(own, ink, visible, theme, ruler);
  const write = (x: number, y: number, text: string, how: Written = {}) => {
    const { fill = theme.ink, size = theme.text, strong = false, end = false, middle = false } = how;
    const anchor = end ? "end" : middle ? "middle" : undefined;
    return text
      ? element(
          "text",
          { x, y, fill, "font-size": size, "font-weight": strong ? 600 : undefined, "text-anchor": anchor },
          escaped(text),
        )
      : "";
  };
  const pen: Pen = { theme, ink: { ...ink, columns }, write, ruler };
  const chosen = selected ? visible.rowOf(selected.index) : -1;
  const facts = factsOf(tree, guess);
  const factsAt = ruler(tree.name, theme.text, true) + 10;
  const total = {
    width: Math.max(columns.width, Math.ceil(factsAt + ruler(facts, theme.textS))) + 2 * MARGIN,
    height: (visible.rows.length + 1) * ROW + TOP + MARGIN,
  };
  const heading = columns.all.map((column) => headOf(column, pen)).join("");
  const rows = visible.rows.map((row, place) => rowOf(row, place, pen, place === chosen)).join("");
  const body = element(
    "g",
    { transform: `translate(0 ${ROW})` },
    (chosen < 0 ? "" : band(chosen, columns.width, theme)) +
      railIn(drawn, visible, chosen, tree, theme) +
      rows,
  );
  return element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      width: total.width,
      height: total.height,
      viewBox: `0 0 ${number(total.width)} ${number(total.height)}`,
      "font-family": theme.fontFamily,
      style: "font-variant-numeric: tabular-nums",
    },
    element("title", {}, escaped(`${tree.name}: ${facts}`)) +
      element("rect", { ...total, fill: theme.bg }) +
      element(
        "g",
        { transform: `translate(${MARGIN} ${TOP - ROW / 2 + 4})` },
        write(0, -4, tree.name, { strong: true }) +
          write(factsAt, -4, facts, { fill: theme.ink2, size: theme.textS }),
      ) +
      element("g", { transform: `translate(${MARGIN} ${TOP})` }, heading + body),
  );
}

function factsOf(tree: Tree, guess: Guess): string {
  if (guess.phase === "asking" || guess.phase === "revealing") return "";
  return [
    counted(tree.parameter_count, "parameter"),
    tree.frozen ? `${countText(tree.frozen)} frozen` : "",
    `${shortCount(tree.multiply_adds)} multiply–adds`,
    `${bytesText(tree.parameter_bytes)} of weights`,
    `${bytesText(tree.output_bytes)} put out`,
  ]
    .filter(Boolean)
    .join(" · ");
}

interface Pen {
  theme: Theme;
  ink: Ink;
  write(x: number, y: number, text: string, how?: Written): string;
  ruler: Ruler;
}

/** Columns in which no text has to be cut. */
function roomyOf(columns: Columns, ink: Ink, { rows }: Visible, theme: Theme, ruler: Ruler): Columns {
  let [layer, detail, shape] = [0, 0, 0];
  for (const { node } of rows) {
    const line = lineOf(node, ink.tree, ink.guess);
    const lead = node.depth * INDENT + TRIANGLE;
    const typed = ruler(line.type, theme.textS) + ruler(line.detail, theme.textS) + 12;
    const isApart = columns.at("detail") !== null;
    layer = Math.max(layer, lead + ruler(line.name + line.call, theme.text) + 8 + (isApart ? 0 : typed + 8));
    detail = Math.max(detail, typed);
    shape = Math.max(shape, ruler(line.shape, theme.textS) + 4);
  }
  const needed: Partial<Record<Column["name"], number>> = { layer, detail, shape };
  let moved = 0;
  const all = columns.all.map((column) => {
    const wide = Math.max(column.width, Math.ceil(needed[column.name] ?? 0));
    const placed = { ...column, x: column.x + moved, width: wide };
    moved += wide - column.width;
    return placed;
  });
  return {
    ...columns,
    all,
    width: columns.width + moved,
    at: (name) => all.find((each) => each.name === name) ?? null,
  };
}

const BASE = 4.5;

/** Numbers and shapes are aligned at their ends. */
function headOf({ name, x, width }: Column, { theme, write }: Pen): string {
  const isNumber = name in DIGITS;
  const end = isNumber || name === "shape";
  const lead = isNumber
    ? DIGITS[name as Measure]
    : ({ shape: width, layer: TRIANGLE, block: width / 2 }[name as string] ?? 0);
  const how = { fill: theme.ink2, size: theme.textS, end, middle: name === "block" };
  return write(x + lead, ROW / 2 + BASE, headingOf(name), how);
}

const band = (row: number, width: number, theme: Theme) =>
  element("rect", { x: 0, y: row * ROW, width, height: ROW, fill: theme.surface });

function railIn({ rail, places }: Drawn, visible: Visible, chosen: number, tree: Tree, theme: Theme): string {
  const line = (d: string, stroke: string, more: Values = {}) =>
    element("path", { d, fill: "none", stroke, "stroke-width": 1.25, ...more });
  const arcs = rail.arcs.map((arc) => {
    const heads = arc.kind === "forward" ? "" : arc.to.map((row) => headPath(arc, row, places)).join("");
    return line(arcPath(arc, places) + heads, theme.ink3, arc.lane >= LANES ? { "stroke-width": 0.75 } : {});
  });
  const spine = rail.spine.map(([from, to]) =>
    line(spinePath(from, to, places), theme.ink2, { "stroke-width": 1.5 }),
  );
  const bonds = rail.bonds.map(
    (bond) =>
      line(bondPath(bond, places), theme.ink2, { "stroke-dasharray": "3 3" }) +
      line(linkPath(bond, places), theme.ink2, { fill: theme.bg }),
  );
  const dots = visible.rows.map(({ node, folded }, row) => {
    if (folded === false || tree.failed === node.key) return "";
    const { d, filled, dashed } = dotOf(node, row, places);
    const colour = dashed ? theme.ink3 : theme.ink;
    return line(d, colour, {
      fill: filled ? theme.ink : theme.bg,
      "stroke-width": 1.5,
      "stroke-dasharray": dashed ? "2.5 2" : undefined,
    });
  });
  const ring =
    chosen < 0 || visible.rows[chosen]?.folded === false
      ? ""
      : line(ringPath(chosen, places), theme.accent, { "stroke-width": 2 });
  return arcs.join("") + spine.join("") + bonds.join("") + dots.join("") + ring;
}

function rowOf(row: Row, place: number, pen: Pen, isChosen: boolean): string {
  const { ink } = pen;
  const y = middleOf(place);
  const line = lineOf(row.node, ink.tree, ink.guess);
  return element(
    "g",
    {},
    ink.columns.all
      .map((column) => {
        const { name, x, width } = column;
        const { theme, write } = pen;
        if (name === "rail") return "";
        if (name === "layer") return nameIn(column, row, y, pen, isChosen);
        if (name === "detail") return detailIn(x, y, line, pen);
        if (name === "shape")
          return write(x + width, y + BASE, line.shape, { end: true, size: theme.textS, fill: theme.ink2 });
        if (name in DIGITS) return amountIn(column, row, y, line.hidden, pen);
        return drawnIn(column, row, y, pen);
      })
      .join("") || " ",
  );
}

function nameIn({ x }: Column, { node, folded }: Row, y: number, pen: Pen, isChosen: boolean): string {
  const { theme, ink, write, ruler } = pen;
  const line = lineOf(node, ink.tree, ink.guess);
  const left = x + node.depth * INDENT;
  const failed = ink.tree.failed === node.key;
  const strong = folded === false || isChosen;
  const triangle =
    folded === null
      ? ""
      : element("path", {
          d: folded ? `M${left + 6} ${y - 3.6}l3.5 3.6l-3.5 3.6` : `M${left + 4} ${y - 1.7}l3.6 3.5l3.6 -3.5`,
          fill: "none",
          stroke: theme.ink2,
          "stroke-width": 1.5,
        });
  const start = left + TRIANGLE;
  const end = start + ruler(line.name, theme.text, strong);
  const after = end + ruler(line.call, theme.text) + 8;
  return (
    triangle +
    (failed ? write(left + 4, y + BASE, "!", { fill: theme.error, strong: true }) : "") +
    write(start, y + BASE, line.name, { strong, fill: failed ? theme.error : theme.ink }) +
    write(end + 4, y + BASE, line.call.trim(), { fill: theme.ink2 }) +
    (ink.columns.at("detail") ? "" : detailIn(after, y, line, pen))
  );
}

function detailIn(
  x: number,
  y: number,
  { type, detail }: { type: string; detail: string },
  pen: Pen,
): string {
  const { theme, write, ruler } = pen;
  const after = type ? x + ruler(type, theme.textS) + 5 : x;
  return (
    write(x, y + BASE, type, { size: theme.textS }) +
    write(after, y + BASE, detail, { size: theme.textS, fill: theme.ink2 })
  );
}

function amountIn({ name, x, width }: Column, row: Row, y: number, hidden: boolean, pen: Pen): string {
  const { theme, ink, write } = pen;
  const measure = name as Measure;
  const isElsewhere = measure === "parameters" && isShared(row.node) && !hidden;
  const isHead = row.folded === false;
  const edge = x + DIGITS[measure];
  const text = write(edge, y + BASE, amountText(row.node, measure, hidden), {
    end: true,
    fill: isHead || isElsewhere ? theme.ink2 : theme.ink,
  });
  const left = edge + TO_BAR;
  if (isElsewhere) return text + write(left, y + BASE, "shared", { size: theme.textXs, fill: theme.ink2 });
  if (hidden) return text;
  const room = width - DIGITS[measure] - TO_BAR;
  const { filled, pale } = ink.bars(measure)(row.node, row.folded);
  const bar = (from: number, part: number, fill: string) =>
    part
      ? element("rect", { x: left + from * room, y: y - 3, width: Math.max(1, part * room), height: 6, fill })
      : "";
  return text + bar(0, filled, theme.ink2) + bar(filled, pale, theme.track);
}

/** Blocks, spreads and the sizes of gradients. */
function drawnIn({ name, x, width }: Column, { node, folded }: Row, y: number, pen: Pen): string {
  const { theme, ink } = pen;
  if (name === "block") {
    const block = ink.block(node);
    if (!block || folded === false) return "";
    const { rx, ...box } = blockRect(block);
    return element("rect", {
      ...box,
      rx,
      x: x + box.x,
      y: y - 12 + box.y,
      fill: theme.surface,
      stroke: theme.ink3,
    });
  }
  const values = ink.rows.get(node.index);
  if (!values || ink.guess.hides(node)) return "";
  if (name === "gradient") {
    const place = decadePlace(values.gradients, ink.decades);
    if (place === null) return "";
    return (
      element("path", { d: `M${x} ${y}h${width}`, stroke: theme.hairline, fill: "none" }) +
      element("rect", { x, y: y - 2, width: Math.max(1, place * width), height: 4, fill: theme.ink2 })
    );
  }
  const bins: readonly Bin[] = binsOf(values, SPREAD.width, SPREAD.height - 1);
  return bins.length
    ? element(
        "g",
        { transform: `translate(${number(x)} ${number(y - SPREAD.height / 2)})` },
        SIGNS.map(([sign, colour]) => {
          const d = binPath(bins, sign);
          return d ? element("path", { d, fill: theme[colour] }) : "";
        }).join("") +
          element("path", {
            d: `M0 ${SPREAD.height - 0.5}H${SPREAD.width}M${SPREAD.width / 2} 0v${SPREAD.height}`,
            stroke: theme.ink3,
            fill: "none",
          }),
      )
    : "";
}

/** A ruler of the page's own; where it has none, letters are as wide as they usually are. */
export function rulerOf(fontFamily: string): Ruler {
  const context = document.createElement("canvas").getContext("2d");
  return (text, size, strong = false) => {
    if (!context) return text.length * size * 0.56;
    context.font = `${strong ? 600 : 400} ${size}px ${fontFamily}`;
    return context.measureText(text).width;
  };
}

/** What it is called: the model's class, as far as a file may be called that. */
export const fileName = (name: string) =>
  `${
    name
      .replace(/[^\p{L}\p{N}_.-]+/gu, "_")
      .replace(/^[._]+/, "")
      .slice(0, 80) || "model"
  }.svg`;

export function saveSvg(saved: Saved): void {
  const text = drawSvg(saved, rulerOf(saved.theme.fontFamily));
  if (text !== null) download(fileName(saved.anatomy.tree?.name ?? ""), text, "image/svg+xml");
}
