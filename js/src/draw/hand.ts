// What a hand finds on the network beside its edges, and the mark of what it has frozen.
import type { Theme } from "./colour";
import { biasPlace, type EdgePlace, type NetworkGeometry } from "./layout";

/** Height of a bias for the pointer, where the next neuron leaves it. */
const BIAS_HEIGHT = 24;

/** The neuron whose bias is at a point. */
export function biasAt(
  { nodes }: NetworkGeometry,
  x: number,
  y: number,
): { layer: number; unit: number } | null {
  for (const [layer, column] of nodes.entries()) {
    if (!layer) continue;
    for (const { unit, x: middle, y: centre, size } of column) {
      const next = column[unit + 1];
      const top = centre + size / 2;
      const bottom = Math.min(top + BIAS_HEIGHT, next ? next.y - next.size / 2 : Number.POSITIVE_INFINITY);
      if (Math.abs(x - middle) <= size / 2 + 2 && y >= top && y < bottom) return { layer, unit };
    }
  }
  return null;
}

/** A padlock: what it is on, training leaves alone. */
export function drawLocks(
  context: CanvasRenderingContext2D,
  { nodes, edges, scale }: NetworkGeometry,
  isFrozen: (layer: number, unit: number, input: number | null) => boolean,
  theme: Theme,
): void {
  context.save();
  const size = Math.max(0.7, Math.min(1, scale));
  const lock = (x: number, y: number) => {
    context.save();
    context.translate(x, y);
    context.scale(size, size);
    const path = new Path2D("M-4 -1h8v6h-8ZM-2.5 -1v-1.8a2.5 2.5 0 0 1 5 0V-1");
    context.lineWidth = 4;
    context.strokeStyle = theme.bg;
    context.stroke(path);
    context.lineWidth = 1.4;
    context.strokeStyle = theme.ink;
    context.stroke(path);
    context.fillStyle = theme.ink;
    context.fillRect(-4, -1, 8, 6);
    context.restore();
  };
  for (const edge of edges) if (isFrozen(edge.layer - 1, edge.to, edge.from)) lock(...middleOf(edge));
  for (const node of nodes.slice(1).flat()) {
    const { x, y, half } = biasPlace(node);
    if (isFrozen(node.layer - 1, node.unit, null)) lock(x + half - 2, y - 1);
  }
  context.restore();
}

const middleOf = ({ x0, y0, x1, y1 }: EdgePlace): [number, number] => [(x0 + x1) / 2, (y0 + y1) / 2];
