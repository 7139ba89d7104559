// What a hand finds on the network beside its edges, and the mark of what it has frozen.
import type { Theme } from "./colour";
import { biasPlace, type NetworkGeometry } from "./layout";
import type { LayerParameters } from "./network";

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
  layers: readonly LayerParameters[],
  frozen: ReadonlySet<number>,
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
  for (const { layer, from, to, x0, x1, y0, y1 } of edges) {
    const [offset, , columns] = layers[layer - 1]?.weight ?? [0, 0, 0];
    if (frozen.has(offset + to * columns + from)) lock((x0 + x1) / 2, (y0 + y1) / 2);
  }
  for (const node of nodes.flat()) {
    const bias = layers[node.layer - 1]?.bias;
    const { x, y, half } = biasPlace(node);
    if (bias && frozen.has(bias[0] + node.unit)) lock(x + half - 2, y - 1);
  }
  context.restore();
}
