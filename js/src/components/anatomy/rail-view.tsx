// The rail on screen: of all that there is only what crosses the rows in sight.
import type { RailPlaces } from "./columns";
import { ROW } from "./columns";
import { arcPath, bondPath, branchPath, dotOf, headPath, linkPath, ringPath, spinePath } from "./marks";
import { endOf, LANES, type Rail, reachOf } from "./rail";
import type { Anatomy } from "./state";
import type { Tree, Visible } from "./tree";

interface RailProps {
  anatomy: Anatomy;
  tree: Tree;
  visible: Visible;
  rail: Rail;
  places: RailPlaces;
  /** Rows in sight: from the first to before the last. */
  first: number;
  last: number;
}

export function RailView({ anatomy, tree, visible, rail, places, first, last }: RailProps) {
  const { selected, hover } = anatomy;
  const chosen = selected ? visible.rowOf(selected.index) : -1;
  const at = hover.value === null ? chosen : visible.rowOf(hover.value);
  const lit = litOf(rail, visible, at);
  const inSight = ([from, to]: readonly [number, number]) => from < last && to >= first;
  const arcs = rail.arcs.filter((arc) => inSight(reachOf(arc)));
  const failed = tree.failed === null ? -1 : visible.rowOf(tree.byKey.get(tree.failed) ?? -1);
  return (
    <svg
      class="nnw-al-rail"
      aria-hidden="true"
      width={places.width}
      height={(last - first) * ROW}
      viewBox={`0 ${first * ROW} ${places.width} ${(last - first) * ROW}`}
      style={{ top: `${first * ROW}px` }}
      data-lit={lit.some || undefined}
    >
      {arcs.map((arc) => (
        <path
          key={`${arc.kind} ${arc.from}`}
          class="nnw-al-arc"
          data-kind={arc.kind}
          data-crowded={arc.lane >= LANES || undefined}
          d={arcPath(arc, places) + heads(arc, arc.to, places)}
        />
      ))}
      {rail.spine.filter(inSight).map(([from, to]) => (
        <path key={from} class="nnw-al-spine" d={spinePath(from, to, places)} />
      ))}
      {rail.bonds
        .filter((bond) => inSight(reachOf(bond)))
        .map((bond) => (
          <g
            key={bond.rows.join()}
            class="nnw-al-bond"
            data-lit={bond.rows.some((row) => lit.has(row)) || undefined}
          >
            <path d={bondPath(bond, places)} />
            <path class="nnw-al-link" d={linkPath(bond, places)} />
          </g>
        ))}
      {/* What the row in question has to do with, over all else. */}
      {arcs.flatMap((arc) =>
        arc.to
          .filter((to) => lit.joins(arc.from, to))
          .map((to) => (
            <path
              key={`${arc.from} ${to}`}
              class="nnw-al-lit"
              data-kind={arc.kind}
              d={branchPath(arc, to, places) + heads(arc, [to], places)}
            />
          )),
      )}
      {rail.spine
        .filter((each) => inSight(each) && lit.joins(...each))
        .map(([from, to]) => (
          <path key={from} class="nnw-al-lit" d={spinePath(from, to, places)} />
        ))}
      {visible.rows.slice(first, last).map(({ node, folded }, offset) => {
        const row = first + offset;
        if (folded === false || row === failed) return null;
        const { d, filled, dashed } = dotOf(node, row, places);
        return (
          <path
            key={node.key}
            class="nnw-al-dot"
            data-filled={filled || undefined}
            data-dashed={dashed || undefined}
            data-lit={lit.neighbours.has(row) || lit.has(row) || undefined}
            d={d}
          />
        );
      })}
      {chosen >= first && chosen < last && visible.rows[chosen]?.folded !== false ? (
        <path class="nnw-al-ring" d={ringPath(chosen, places)} />
      ) : null}
    </svg>
  );
}

/** Only what goes against the order of the rows has to say where it goes. */
const heads = (arc: Rail["arcs"][number], to: readonly number[], places: RailPlaces) =>
  arc.kind === "forward" ? "" : to.map((row) => headPath(arc, row, places)).join("");

interface Lit {
  readonly some: boolean;
  /** Whether a row is the one in question, or lies in it. */
  has(row: number): boolean;
  /** Whether an edge goes in or out there. */
  joins(from: number, to: number): boolean;
  /** Rows at the other end. */
  readonly neighbours: ReadonlySet<number>;
}

/** What belongs to a row; to the head of an unfolded container all that goes in and out of it. */
export function litOf(rail: Rail, { rows }: Visible, at: number): Lit {
  const end = at < 0 ? -1 : rows[at]?.folded === false ? endOf(rows, at) : at;
  const has = (row: number) => at >= 0 && row >= at && row <= end;
  const joins = (from: number, to: number) => has(from) !== has(to) || (from === to && has(from));
  const neighbours = new Set<number>();
  if (at >= 0)
    for (const [from, to] of [
      ...rail.spine,
      ...rail.arcs.flatMap((arc) => arc.to.map((to) => [arc.from, to] as const)),
    ])
      if (joins(from, to)) neighbours.add(has(from) ? to : from);
  return { some: at >= 0, has, joins, neighbours };
}
