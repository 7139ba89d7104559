// The weights as a vector: what the rule adds to it, tip to tail, and what it is then.
import { useRef } from "preact/hooks";
import type { Spot } from "../../draw/halves";
import { Label, linear, Scene, Var, XAxis, YAxis } from "../explorer/scene";
import { createRun, TitleRow } from "../panel";
import { followable, usePerceptron, usePicture } from "./view";

const LEAST = 1;
const ROOM = 1.1;
/** Ends of the axes, times powers of ten. */
const ENDS = [1, 1.5, 2, 3, 4, 6, 8, 10];
const PAD = 6;
const LEFT = 30;
/** A shorter arrow is a dot beside its name. */
const NAMED = 26;
const HEAD = 8;

/** The end of both axes: it grows with the vectors of a run, in steps, and never shrinks within it. */
function useReach(size: number): number {
  const { picture } = usePerceptron();
  const isAnother = useRef(createRun());
  const reach = useRef(LEAST);
  if (isAnother.current(picture.value)) reach.current = LEAST;
  const wanted = ROOM * size;
  if (wanted > reach.current) {
    const power = 10 ** Math.floor(Math.log10(wanted));
    reach.current = power * (ENDS.find((end) => end * power >= wanted) ?? 10);
  }
  return reach.current;
}

export function WeightsZone() {
  const view = usePerceptron();
  const { weights, after, hand } = usePicture((_, frame) => ({
    weights: frame?.weights ?? null,
    hand: frame?.hand ?? null,
    after: frame?.hand?.after ?? null,
  }));
  const all = [weights, after].flatMap((each) => (each ? [each[0], each[1]] : []));
  const reach = useReach(Math.max(0, ...all.map(Math.abs)));
  const follows = followable(view).value;
  const changes = follows && hand?.error !== 0;
  return (
    <section class="nnw-weightspace" aria-label="Weight vector">
      <TitleRow title="Weight vector" note={<Said changes={changes} sign={hand?.error ?? 0} />} />
      <div class="nnw-weightspace-plot">
        <Scene height="fill" label="Weights">
          {(width, _, height) => (
            <Vectors
              width={width}
              height={height}
              reach={reach}
              from={weights && [weights[0], weights[1]]}
              to={changes && after ? [after[0], after[1]] : null}
              sign={hand?.error ?? 0}
            />
          )}
        </Scene>
      </div>
    </section>
  );
}

function Said({ changes, sign }: { changes: boolean; sign: number }) {
  if (!changes) return <>nothing is added</>;
  return (
    <>
      <b class="nnw-vector">w</b> {sign > 0 ? "+" : "−"} <var>η</var>
      <b class="nnw-vector">x</b> = <b class="nnw-vector">w</b>′
    </>
  );
}

interface VectorsProps {
  width: number;
  height: number;
  reach: number;
  from: Spot | null;
  to: Spot | null;
  sign: number;
}

const BELOW = 20;

function Vectors({ width, height, reach, from, to, sign }: VectorsProps) {
  const [middle, centre] = [(width - LEFT) / 2, (height - BELOW) / 2];
  const unit = Math.max(1, Math.min(middle, centre) - PAD) / reach;
  const wide = (middle - PAD) / unit;
  const high = (centre - PAD) / unit;
  const x = linear([-wide, wide], [LEFT + PAD, width - PAD]);
  const y = linear([-high, high], [height - BELOW - PAD, PAD]);
  const at = ([w1, w2]: Spot): Spot => [x(w1), y(w2)];
  const origin: Spot = at([0, 0]);
  const tip = from && at(from);
  const end = to && at(to);
  const corners = [origin, tip, end].filter((each) => each !== null);
  const inside: Spot = [
    corners.reduce((sum, each) => sum + each[0], 0) / corners.length,
    corners.reduce((sum, each) => sum + each[1], 0) / corners.length,
  ];
  return (
    <>
      <XAxis scale={x} at={height - BELOW} grid={PAD} apart={48} />
      <YAxis scale={y} at={LEFT} grid={width} apart={36} />
      <Label x={width - PAD - 2} y={origin[1] - 6} anchor="end" class="nnw-t nnw-halo">
        <Var name="w" index={1} />
      </Label>
      <Label x={origin[0] + 6} y={PAD + 10} class="nnw-t nnw-halo">
        <Var name="w" index={2} />
      </Label>
      {end ? <Arrow from={origin} to={end} kind="next" name="w′" inside={inside} /> : null}
      {tip ? <Arrow from={origin} to={tip} kind="now" name="w" inside={inside} /> : null}
      {tip && end ? (
        <Arrow
          from={tip}
          to={end}
          kind={sign > 0 ? "plus" : "minus"}
          name={sign > 0 ? "+ηx" : "−ηx"}
          inside={inside}
        />
      ) : null}
      <circle cx={origin[0]} cy={origin[1]} r="2.5" class="nnw-origin" />
    </>
  );
}

interface ArrowProps {
  from: Spot;
  to: Spot;
  kind: "now" | "next" | "plus" | "minus";
  name: string;
  /** The name is on the other side. */
  inside: Spot;
}

function Arrow({ from: [ax, ay], to: [bx, by], kind, name, inside: [cx, cy] }: ArrowProps) {
  const length = Math.hypot(bx - ax, by - ay);
  if (length < 1) return null;
  const [ux, uy] = [(bx - ax) / length, (by - ay) / length];
  const head = Math.min(HEAD, length / 2);
  const [hx, hy] = [bx - head * ux, by - head * uy];
  const half = 0.42 * head;
  const [mx, my] = [ax + 0.58 * (bx - ax), ay + 0.58 * (by - ay)];
  const side = (mx - cx) * -uy + (my - cy) * ux < 0 ? -1 : 1;
  const [nx, ny] = [side * -uy, side * ux];
  // A word is wider than high.
  const off = 11 + 4 * (name.length - 1) * Math.abs(nx);
  return (
    <g class={`nnw-vector-${kind}`}>
      <path class="nnw-vector-shaft" d={`M${ax} ${ay}L${hx} ${hy}`} />
      <path
        class="nnw-vector-head"
        d={`M${bx} ${by}L${hx - half * uy} ${hy + half * ux}L${hx + half * uy} ${hy - half * ux}Z`}
      />
      {length < NAMED ? null : (
        <text x={mx + off * nx} y={my + off * ny + 4} text-anchor="middle" class="nnw-halo">
          {name}
        </text>
      )}
    </g>
  );
}
