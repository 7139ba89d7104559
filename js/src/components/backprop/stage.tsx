// The network as a drawing: layer by layer, node by node, or the single operations inside one node.
import { useSignal } from "@preact/signals";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { Scene } from "../explorer/scene";
import { type Edit, Field } from "./edit";
import { targetsEnd } from "./givens";
import { Graph } from "./graph";
import { Layers } from "./layers";
import { type Layout, layOut } from "./layout";
import { type Lit, litAt } from "./lit";
import { alike, chainOf, type Pass } from "./pass";
import { Scroller } from "./scroller";
import type { Shown } from "./state";
import { hasLayers, NEAR, Strip, stripHeight, stripOf } from "./strip";
import { CRUMBS, Zoom, zoomHeight } from "./zoom";

/** Below the tiles is what belongs to them. */
const FOOT = 46;
const TYPICAL = 1028;
/** Here the drawing scrolls, and the chain rule stands below it in rows. */
const NARROW = 720;

/** How wide an element is. */
function useWidth() {
  const place = useRef<HTMLDivElement>(null);
  const width = useSignal(TYPICAL);
  useLayoutEffect(() => {
    const element = place.current as HTMLDivElement;
    const look = () => {
      width.value = element.clientWidth || TYPICAL;
    };
    const observer = new ResizeObserver(look);
    observer.observe(element);
    look();
    return () => observer.disconnect();
  }, []);
  return { place, width: width.value };
}

export function Stage({ shown }: { shown: Shown }) {
  const { place, width } = useWidth();
  const { pass, level, step } = shown;
  const inside = useMemo(() => (level === "operation" ? zoomHeight(shown, width) : 0), [pass, level, width]);
  const network = useNodeHeight(pass, width);
  // The last stops are about the whole network; it stands in a place of the same height.
  const high = level === "operation" ? Math.max(inside + CRUMBS, network) : undefined;
  return (
    <div ref={place} class="nnw-bp-stage" style={high ? { minHeight: `${high}px` } : {}}>
      {level === "layer" ? (
        <Layers shown={shown} room={width} />
      ) : level === "operation" && step.phase !== "update" ? (
        <Zoom shown={shown} room={width} height={inside} />
      ) : (
        <Nodes shown={shown} room={width} />
      )}
    </div>
  );
}

const highOf = (pass: Pass, layout: Layout) =>
  Math.max(layout.bottom + layout.density.height / 2 + FOOT, targetsEnd(pass, layout)) + 6;

/** How high the network is with its strip. */
function useNodeHeight(pass: Pass, room: number): number {
  const layout = useLayout(pass, room);
  const strip = useMemo(() => stripHeight(pass, longestChain(pass), room, room < NARROW), [pass, room]);
  return highOf(pass, layout) + strip;
}

/** The longest chain of factors that a stop shows. */
const longestChain = (pass: Pass) =>
  Math.max(
    1,
    ...pass.symbols.map((_, node) => chainLength(pass, "value", node)),
    ...pass.parameterSymbols.map((_, parameter) => chainLength(pass, "parameter", parameter)),
  );

function chainLength(pass: Pass, kind: "value" | "parameter", index: number): number {
  const { factors, terms, end } = chainOf(pass, kind, index);
  return Math.max(factors.length + Number(end !== pass.end), Math.min(6, terms.length));
}

/** The same as long as the network is: numbers move nothing. */
function useLayout(pass: Pass, room: number): Layout {
  const kept = useRef<{ pass: Pass; room: number; layout: Layout } | null>(null);
  const last = kept.current;
  const layout = last && last.room === room && alike(last.pass, pass) ? last.layout : layOut(pass, room);
  kept.current = { pass, room, layout };
  return layout;
}

function Nodes({ shown, room }: { shown: Shown; room: number }) {
  const { pass, at, level, sample } = shown;
  const layout = useLayout(pass, room);
  const lit = useMemo(() => litAt(shown), [pass, level, at, sample]);
  const editing = useSignal<Edit | null>(null);
  const wraps = room < NARROW;
  const width = Math.max(room, layout.width);
  const high = highOf(pass, layout);
  const strip = useMemo(() => stripHeight(pass, longestChain(pass), room, wraps), [pass, room, wraps]);
  const layered = hasLayers(pass) || undefined;
  const chain = (
    <Strip
      shown={shown}
      lit={lit}
      columns={layout.columns}
      columnOf={layout.columnOf}
      width={width}
      room={room}
      wraps={wraps}
    />
  );
  return (
    <>
      <Scroller label="The network" width={layout.width} room={room} span={spanOf(pass, layout, lit)}>
        <Scene height={high} label="Node by node">
          {() => <Graph shown={shown} layout={layout} lit={lit} editing={editing} />}
        </Scene>
        {wraps ? null : (
          <div class="nnw-bp-strip" data-layers={layered} style={{ height: `${stripOf(pass)}px` }}>
            {chain}
          </div>
        )}
        <Field editing={editing} />
      </Scroller>
      {wraps ? (
        <div class="nnw-bp-strip" data-layers={layered} style={{ minHeight: `${strip}px` }}>
          {chain}
        </div>
      ) : null}
    </>
  );
}

/** From where to where in the drawing something happens now. */
function spanOf(pass: Pass, { nodes, density, width }: Layout, lit: Lit): readonly [number, number] | null {
  const all = [...lit.nodes, ...[...lit.edges].map((id) => pass.edges[id]?.from ?? 0)];
  const xs = all.map((node) => nodes[node]?.x ?? 0);
  if (!xs.length) return null;
  const half = density.width / 2;
  const from = Math.max(0, Math.min(...xs) - half - 40);
  const to = Math.max(...xs) + half + 60;
  return [from, Math.min(width, lit.terms.length ? Math.max(to, from + NEAR) : to)];
}
