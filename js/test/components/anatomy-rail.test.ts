import { describe, expect, it } from "vitest";
import { columnsOf, railPlaces, widest } from "../../src/components/anatomy/columns";
import { arcPath, dotOf, middleOf } from "../../src/components/anatomy/marks";
import { type Arc, endOf, LANES, layRail, type Rail, reachOf } from "../../src/components/anatomy/rail";
import { litOf } from "../../src/components/anatomy/rail-view";
import { type Tree, type Visible, visibleOf } from "../../src/components/anatomy/tree";
import type { AnatomyTrait } from "../../src/generated/protocol";
import { denseTrait, treeOf } from "../anatomy-fixture";
import { Builder, manyTrait, recurrentTrait, residualTrait, unetTrait } from "../anatomy-nets";

const laid = (trait: AnatomyTrait, unfolded: readonly string[] = trait.unfolded) => {
  const tree = treeOf(trait);
  const visible = visibleOf(tree, new Set(unfolded));
  return { tree, visible, rail: layRail(tree, visible) };
};
/** Edges of a rail by the keys of their rows. */
const named = ({ visible, rail }: { visible: Visible; rail: Rail }) => {
  const key = (row: number) => visible.rows[row]?.node.key ?? "";
  return {
    spine: rail.spine.map(([from, to]) => `${key(from)} ${key(to)}`),
    arcs: rail.arcs.map(({ kind, from, to, lane }) => `${kind} ${key(from)} ${to.map(key)} ${lane}`),
    bonds: rail.bonds.map(({ rows }) => rows.map(key).join(" ")),
  };
};

/** The same sequence of numbers each time. */
function random(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

/** A graph without any order: containers within containers, edges forwards and backwards, loops, shared weights. */
function anyTrait(seed: number): AnatomyTrait {
  const next = random(seed);
  const net = new Builder();
  const leaves: number[] = [];
  const grow = (prefix: string, depth: number) => {
    for (let at = 0; at < 2 + next(5); at++) {
      const key = `${prefix}${at}`;
      if (depth < 3 && next(3) === 0) {
        const kind = next(3) ? ("container" as const) : ("loop" as const);
        net.container(key, "Block", () => grow(`${key}.`, depth + 1), { kind, repeats: 4 });
        if (next(2)) net.unfolded.push(key);
      } else leaves.push(net.leaf(key, [], { shape: [1, 4] }));
    }
  };
  grow("", 0);
  for (let at = 0; at < 3 * leaves.length; at++)
    net.edges.push(leaves[next(leaves.length)] as number, leaves[next(leaves.length)] as number);
  for (let at = 0; at < 3; at++) {
    const pair = [leaves[next(leaves.length)] as number, leaves[next(leaves.length)] as number];
    for (const [one, other] of [pair, [...pair].reverse()] as [number, number][])
      net.nodes[one]?.shares.push(other);
  }
  return net.trait();
}
const SEEDS = Array.from({ length: 60 }, (_, seed) => 1000 + 17 * seed);

describe("the rail", () => {
  it.each(SEEDS)("draws every edge once, and none that there is not (graph %i)", (seed) => {
    const { visible, rail } = laid(anyTrait(seed));
    const drawn = [
      ...rail.spine.map((each) => each.join()),
      ...rail.arcs
        .filter(({ kind }) => kind !== "loop")
        .flatMap(({ from, to }) => to.map((each) => `${from},${each}`)),
    ];
    expect(new Set(drawn).size).toBe(drawn.length);
    expect(drawn.sort()).toEqual(visible.edges.map((each) => each.join()).sort());
  });

  it.each(SEEDS)("lets no two lines overlap in a lane (graph %i)", (seed) => {
    const { rail } = laid(anyTrait(seed));
    for (const [lines, most] of [
      [rail.arcs, LANES],
      [rail.bonds, 3],
    ] as const)
      for (const one of lines)
        for (const other of lines) {
          if (one === other || one.lane !== other.lane || one.lane >= most) continue;
          const [[a, b], [c, d]] = [reachOf(one), reachOf(other)];
          expect(b <= c || d <= a, `${one.lane}: ${a}–${b} and ${c}–${d}`).toBe(true);
        }
  });

  it("uses an overflowing lane only where all others are taken", () => {
    // As in a dense block: each feeds all that come after it.
    const net = new Builder();
    for (let at = 0; at < 12; at++)
      net.leaf(
        `${at}`,
        Array.from({ length: at }, (_, before) => before),
      );
    const { rail } = laid(net.trait());
    const crowded = rail.arcs.filter(({ lane }) => lane >= LANES);
    expect(crowded.length).toBeGreaterThan(0);
    for (const arc of crowded) {
      const [from, to] = reachOf(arc);
      for (let lane = 0; lane < LANES; lane++) {
        const inLane = rail.arcs.filter((other) => other.lane === lane).map(reachOf);
        expect(inLane.some(([a, b]) => a < Math.max(to, from + 1) && b > from)).toBe(true);
      }
    }
    expect(rail.lanes).toBe(LANES + 1);
  });

  it("is the same for the same graph", () => {
    expect(laid(residualTrait()).rail).toEqual(laid(residualTrait()).rail);
  });

  it("draws a chain as a spine and nothing else", () => {
    const { rail, visible } = laid(denseTrait(), [""]);
    expect(rail.spine).toHaveLength(visible.rows.filter(({ folded }) => folded !== false).length - 1);
    expect(rail).toMatchObject({ arcs: [], bonds: [], lanes: 0, bondLanes: 0 });
  });

  it("draws a residual branch past the layers that it skips, over the heads of containers", () => {
    const { spine, arcs } = named(laid(residualTrait(), ["layer1", "layer1.0", "layer2", "layer2.0"]));
    expect(spine).toContain("maxpool layer1.0.conv1");
    expect(arcs).toEqual([
      "forward maxpool layer1.0:add_ 0",
      "forward layer1.1 layer2.0.downsample 1",
      "forward layer2.0.bn2 layer2.0:add_ 0",
    ]);
    // What the branch is folded into hides it.
    expect(named(laid(residualTrait(), [])).arcs).toEqual([]);
  });

  it("nests the skips of a U-Net, the shortest beside the spine", () => {
    const { rail } = laid(unetTrait(4));
    const lanes = [...rail.arcs].sort((one, other) => one.from - other.from).map(({ lane }) => lane);
    expect(lanes).toEqual([3, 2, 1, 0]);
  });

  it("draws what goes to many as one line with branches", () => {
    const net = new Builder();
    const mask = net.leaf("mask", []);
    for (let at = 0; at < 5; at++) net.leaf(`layer${at}`, [mask]);
    expect(named(laid(net.trait())).arcs).toEqual(["forward mask layer1,layer2,layer3,layer4 0"]);
  });

  it("draws what a cell hands on to its next round, and what two layers share", () => {
    const { arcs, bonds } = named(laid(recurrentTrait()));
    expect(arcs).toContain("back norm cell 0");
    expect(arcs.some((arc) => arc.startsWith("loop"))).toBe(false);
    expect(bonds).toEqual(["embedding head"]);
    // Folded, a loop has nothing to show of its rounds.
    expect(named(laid(recurrentTrait(), [])).arcs.some((arc) => arc.startsWith("back"))).toBe(false);
  });

  it("leads back from the end of a loop that hands nothing on", () => {
    const net = new Builder();
    const start = net.leaf("start", []);
    net.container(":loop", "loop", () => net.leaf("second", [net.leaf("first", [start])]), {
      kind: "loop",
      repeats: 4,
    });
    expect(named(laid(net.trait(), [":loop"])).arcs).toEqual(["loop second first 0"]);
    expect(named(laid(net.trait(), [])).arcs).toEqual([]);
  });

  it("joins folded containers that share parameters", () => {
    const net = new Builder();
    const pair = ["encoder", "decoder"].map((key) =>
      net.container(key, "Block", () => net.leaf(`${key}.weight`, [], { count: 8 })),
    );
    const [one = 0, other = 0] = pair;
    net.nodes[one]?.shares.push(other);
    net.nodes[other]?.shares.push(one);
    expect(named(laid(net.trait(), [])).bonds).toEqual(["encoder decoder"]);
    expect(named(laid(net.trait(), ["encoder"])).bonds).toEqual(["encoder.weight decoder"]);
  });

  it("keeps its width whatever is unfolded, and puts lanes side by side", () => {
    const all = laid(residualTrait(), [...treeOf(residualTrait()).byKey.keys()]).rail;
    const folded = laid(residualTrait(), []).rail;
    expect(widest(folded, all).width).toBe(widest(all, all).width);
    const places = railPlaces(3, 2);
    const across = [
      places.lane(2),
      places.lane(1),
      places.lane(0),
      places.spine,
      places.bond(0),
      places.bond(1),
    ];
    expect(across).toEqual([...across].sort((one, other) => one - other));
    expect(across[0]).toBeGreaterThan(0);
    expect(across.at(-1)).toBeLessThan(places.width);
  });

  it("lays out thousands of rows with thousands of arcs", () => {
    const { rail, visible } = laid(manyTrait(3000));
    expect(visible.rows.length).toBeGreaterThan(3000);
    expect(rail.arcs.length).toBeGreaterThan(2500);
    expect(rail.lanes).toBe(2);
  });
});

describe("what belongs to a row", () => {
  const lit = (trait: AnatomyTrait, key: string, unfolded?: string[]) => {
    const { tree, visible, rail } = laid(trait, unfolded);
    const found = litOf(rail, visible, visible.rowOf((tree as Tree).byKey.get(key) as number));
    return [...found.neighbours].map((row) => visible.rows[row]?.node.key).sort();
  };
  it("is what feeds it and what it feeds", () => {
    expect(lit(residualTrait(), "layer1.0:add_")).toEqual(["layer1.0.bn2", "layer1.0.relu#2", "maxpool"]);
  });
  it("of an unfolded container is what goes in and out of it", () => {
    expect(lit(residualTrait(), "layer1.0")).toEqual(["layer1.1", "maxpool"]);
    expect(lit(residualTrait(), "layer2")).toEqual(["avgpool", "layer1.1"]);
  });
  it("is nothing where there is no row", () => {
    const { visible, rail } = laid(residualTrait());
    expect(litOf(rail, visible, -1)).toMatchObject({ some: false });
    expect(litOf(rail, visible, -1).neighbours.size).toBe(0);
  });
  it("ends with the last row of a container", () => {
    const { visible, tree } = laid(residualTrait());
    const row = visible.rowOf(tree.byKey.get("layer1.0") as number);
    expect(visible.rows[endOf(visible.rows, row)]?.node.key).toBe("layer1.0.relu#2");
  });
});

describe("marks", () => {
  const places = railPlaces(2, 0);
  it("begin and end beside the dots of their rows", () => {
    const arc: Arc = { kind: "forward", from: 1, to: [3, 5], lane: 0 };
    const path = arcPath(arc, places);
    expect(path.startsWith(`M${places.spine} ${middleOf(1) + 2.5}`)).toBe(true);
    expect(path.match(/M/g)).toHaveLength(2);
    expect(path.match(/V/g)).toHaveLength(1);
    for (const row of [3, 5]) expect(path).toContain(`${places.spine} ${middleOf(row) - 2.5}`);
  });
  it("tell modules, operations and folded containers apart", () => {
    const { nodes } = treeOf(residualTrait());
    const dot = (key: string) => {
      const node = nodes.find((each) => each.key === key);
      if (!node) throw new Error(key);
      return dotOf(node, 0, places);
    };
    expect(dot("conv1").filled).toBe(true);
    expect(dot("layer1.0:add_").filled).toBe(false);
    expect(dot("layer1").d).toContain("h10v10");
    const idle = treeOf(recurrentTrait()).nodes.find(({ kind }) => kind === "idle");
    expect(idle && dotOf(idle, 0, places).dashed).toBe(true);
  });
});

describe("columns", () => {
  const content = { measure: "memory", hasSpreads: true, hasGradients: true } as const;
  it.each([420, 568, 640, 800, 1028, 1120, 1232, 1568])("fit %i pixels, one beside the other", (width) => {
    const { all, ...columns } = columnsOf(width, 60, content);
    expect(columns.width).toBeLessThanOrEqual(width);
    all.slice(1).forEach((column, at) => {
      const before = all[at];
      expect(column.x).toBeGreaterThanOrEqual((before?.x ?? 0) + (before?.width ?? 0));
    });
    expect(columns.at("layer")?.width).toBeGreaterThanOrEqual(96);
  });
  it("show all three measures where there is room, else the one that is chosen", () => {
    expect(columnsOf(1232, 60, content).measures).toEqual(["parameters", "multiply_adds", "memory"]);
    expect(columnsOf(1028, 60, content).measures).toEqual(["memory"]);
  });
  it("leave out what there is nothing of", () => {
    const bare = columnsOf(1028, 60, { ...content, hasSpreads: false, hasGradients: false });
    expect(bare.at("spread")).toBeNull();
    expect(bare.at("gradient")).toBeNull();
  });
});
