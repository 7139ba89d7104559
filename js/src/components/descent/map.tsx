// A surface from above: contour lines, and the paths of all optimizers from one start.
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { Point } from "../../concepts/surfaces";
import { scratchCanvas } from "../../draw/canvas";
import { parseColour, type Theme } from "../../draw/colour";
import { fixed, significant } from "../../draw/format";
import { Handle } from "../explorer/handle";
import { Canvas, clamp, Label, linear, type Scale, Scene, Var, XAxis, YAxis } from "../explorer/scene";
import { type Box, boxOf, Ends, endsOf, shared } from "./ends";
import { contourData, type Relief, relief } from "./relief";
import { DASHES, type Descent, NAMES } from "./state";

const [LEFT, TOP, RIGHT, BOTTOM] = [34, 4, 2, 26];
const FAR = 3000;
/** More than so many dots are a line. */
const DOTS = 130;

export interface Frame {
  readonly x: Scale;
  readonly y: Scale;
  /** Where a point is drawn; far outside it may as well be nearer. */
  at(point: Point): readonly [x: number, y: number];
}

const near = (value: number, range: readonly [number, number]) =>
  clamp(value, [Math.min(...range) - FAR, Math.max(...range) + FAR]);

/** Of a map, and of a curve: another surface moves nothing. */
export const heightAt = (width: number) => Math.round(clamp(width * 0.66, [300, 372]));

export function Map2D({ descent }: { descent: Descent }) {
  const { surface, own } = descent;
  const height = heightAt;
  const picture = useMemo(() => relief(surface, 132, 88), [surface]);
  return (
    <Scene
      height={height}
      label="Map of the loss"
      under={(width) => (
        <Canvas
          x={LEFT}
          y={TOP}
          width={width - LEFT - RIGHT}
          height={height(width) - TOP - BOTTOM}
          paint={(context, theme) => shade(context, picture, theme)}
          inputs={[picture]}
        />
      )}
    >
      {(width, id) => (
        <Drawing descent={descent} picture={picture} {...{ width, id, own }} height={height(width)} />
      )}
    </Scene>
  );
}

/** The higher, the darker: a tint of ink that leaves the paths alone. */
function shade(context: CanvasRenderingContext2D, { columns, rows, bytes, holes }: Relief, theme: Theme) {
  const cells = scratchCanvas(columns, rows);
  const pen = cells.getContext("2d");
  if (!pen) return;
  const picture = pen.createImageData(columns, rows);
  const ink = parseColour(theme.ink) ?? [31, 31, 31];
  bytes.forEach((byte, index) => {
    picture.data.set([...ink, (byte / 255) * 26], 4 * index);
  });
  for (const index of holes) picture.data[4 * index + 3] = 60;
  pen.putImageData(picture, 0, 0);
  const { width, height } = context.canvas;
  const ratio = context.getTransform();
  context.clearRect(0, 0, width / ratio.a, height / ratio.d);
  context.imageSmoothingQuality = "high";
  context.drawImage(cells, 0, 0, width / ratio.a, height / ratio.d);
}

interface DrawingProps {
  descent: Descent;
  picture: Relief;
  width: number;
  height: number;
  id: string;
}

function Drawing({ descent, picture, width, height, id }: DrawingProps) {
  const { surface, store, start, own, chosen, run, step, place } = descent;
  const [xWindow, yWindow] = surface.window as [readonly [number, number], readonly [number, number]];
  const x = linear(xWindow, [LEFT, width - RIGHT]);
  const y = linear(yWindow, [height - BOTTOM, TOP]);
  const frame: Frame = { x, y, at: ([a = 0, b = 0]) => [near(x(a), x.range), near(y(b), y.range)] };
  const [wide, high] = [width - LEFT - RIGHT, height - TOP - BOTTOM];
  const lines = useMemo(() => contourData(picture, wide, high), [picture, wide, high]);
  const digits = decimals(xWindow, yWindow);
  const move = (a: number, b: number) =>
    store.set({
      start: [clamp(Number(a.toFixed(digits)), xWindow), clamp(Number(b.toFixed(digits)), yWindow)],
    });
  const [a = 0, b = 0] = start;
  const clip = `url(#${id}-map)`;
  const [startX, startY] = frame.at(start);
  const [spanX, spanY] = [xWindow[1] - xWindow[0], yWindow[1] - yWindow[0]];
  const right = width - RIGHT;
  const startLabel = {
    x: clamp(startX, [LEFT + 20, right - 20]),
    // In two of the corners stand the names of the weights.
    y:
      startY < 48
        ? Math.max(startY + 22, startX < LEFT + 60 ? TOP + 36 : 0)
        : Math.min(startY - 12, startX > right - 60 ? height - BOTTOM - 28 : height),
  };
  const taken: Box[] = [
    boxOf("w1", right - 8, height - BOTTOM - 9, "end"),
    boxOf("w2", LEFT + 8, TOP + 17),
    [startX - 6, startY - 6, startX + 6, startY + 6],
    ...(step ? [boxOf("start", startLabel.x, startLabel.y, "middle")] : []),
  ];
  const ends = endsOf(descent, frame.at, [LEFT, TOP, right, height - BOTTOM], taken);
  return (
    <>
      <clipPath id={`${id}-map`}>
        <rect x={LEFT} y={TOP} width={wide} height={high} rx={2} />
      </clipPath>
      <g clip-path={clip}>
        <path class="nnw-height-line" d={lines} transform={`translate(${LEFT} ${TOP})`} />
      </g>
      <rect class="nnw-map-edge" x={LEFT + 0.5} y={TOP + 0.5} width={wide - 1} height={high - 1} rx={2} />
      <XAxis scale={x} at={height - BOTTOM} marks />
      <YAxis scale={y} at={LEFT} marks />
      <Levels {...{ picture, frame, descent }} taken={[...taken, ...ends.map(({ box }) => box)]} />
      <Label x={width - RIGHT - 8} y={height - BOTTOM - 9} anchor="end" class="nnw-t nnw-halo">
        <Var name="w" index={1} />
      </Label>
      <Label x={LEFT + 8} y={TOP + 17} class="nnw-t nnw-halo">
        <Var name="w" index={2} />
      </Label>
      <g clip-path={clip}>
        {surface.minima.map((point) => {
          const [px, py] = frame.at(point);
          return <path key={point.join()} class="nnw-minimum" d={`M${px - 5} ${py}h10M${px} ${py - 5}v10`} />;
        })}
        {own?.path.length ? <path class="nnw-trained" d={trail(own.path, frame)} /> : null}
        {inOrder(chosen).map((name) => (
          <Path key={name} descent={descent} name={name} frame={frame} />
        ))}
        <NextStep
          from={frame.at(run.path[place] as Point)}
          to={frame.at(run.updates[place]?.weights as Point)}
        />
      </g>
      {own?.middle ? <Network place={frame.at(own.middle)} /> : null}
      <Ends store={store} ends={ends} />
      <Handle
        label="Start"
        x={startX}
        y={startY}
        value={a}
        range={xWindow}
        text={`${fixed(a, digits)}, ${fixed(b, digits)}`}
        onMove={(spot) => move(x.invert(spot.x), y.invert(spot.y))}
        onStep={(right, up) => move(a + (right * spanX) / 50, b + (up * spanY) / 50)}
        onEnd={(end) => move(end === "low" ? xWindow[0] : xWindow[1], b)}
      >
        <circle class="nnw-start" r={4.5} />
      </Handle>
      {step ? (
        <Label {...startLabel} anchor="middle" class="nnw-2nd nnw-halo">
          start
        </Label>
      ) : null}
    </>
  );
}

/** Where the network of a trainer is. */
const Network = ({ place: [x, y] }: { place: readonly [number, number] }) => (
  <>
    <circle class="nnw-network-ring" cx={x} cy={y} r={9} />
    <Label x={x} y={y - 14} anchor="middle" class="nnw-2nd nnw-halo">
      network
    </Label>
  </>
);

/** So many that a pixel or two are told apart. */
export const decimals = (...windows: (readonly [number, number])[]) =>
  clamp(Math.floor(-Math.log10(Math.min(...windows.map(([low, high]) => high - low)) / 1000)), [2, 8]);

export const inOrder = (chosen: string) => [...NAMES.filter((name) => name !== chosen), chosen];

const trail = (points: readonly Point[], frame: Frame) =>
  `M${points
    .map((point) =>
      frame
        .at(point)
        .map((value) => value.toFixed(1))
        .join(" "),
    )
    .join("L")}`;

function Path({ descent, name, frame }: { descent: Descent; name: string; frame: Frame }) {
  const { runs, chosen, step } = descent;
  const path = runs[name]?.path.slice(0, step + 1) ?? [];
  const isChosen = name === chosen;
  const d = trail(path, frame);
  return (
    <g data-path={name}>
      {isChosen ? <path class="nnw-run-ground" d={d} /> : null}
      <path class={`nnw-run ${isChosen ? "is-chosen" : ""}`} d={d} stroke-dasharray={DASHES[name]} />
      {isChosen && path.length < DOTS ? <Dots places={path.slice(1, -1).map(frame.at)} /> : null}
    </g>
  );
}

/** Where the ball has been: one element, however many they are. */
export const Dots = ({ places }: { places: readonly (readonly [x: number, y: number])[] }) => (
  <path
    class="nnw-run-dot"
    d={places.map(([x, y]) => `M${(x - 2).toFixed(1)} ${y.toFixed(1)}a2 2 0 1 0 4 0a2 2 0 1 0 -4 0`).join("")}
  />
);

/** Where the next step leads, if that is far enough to be seen. */
export function NextStep({ from, to }: { from: readonly [number, number]; to: readonly [number, number] }) {
  const [x, y] = from;
  const [dx, dy] = [to[0] - x, to[1] - y];
  const length = Math.hypot(dx, dy);
  if (!(length > 9)) return null;
  const turn = (Math.atan2(dy, dx) * 180) / Math.PI;
  return (
    <g class="nnw-run-next" transform={`translate(${x} ${y}) rotate(${turn})`}>
      <path d={`M6 0H${length}`} />
      {length > 14 ? <path d={`M${length - 6} -4L${length} 0L${length - 6} 4`} /> : null}
    </g>
  );
}

/** Some lines say what loss they stand for, straight below a minimum or above it, where nothing else is written. */
function Levels({
  picture,
  frame,
  descent,
  taken,
}: {
  picture: Relief;
  frame: Frame;
  descent: Descent;
  taken: readonly Box[];
}): JSX.Element {
  const { surface } = descent;
  const [[, ,], [low, high]] = surface.window as unknown as [[number, number], [number, number]];
  const [a = 0, b = 0] = surface.minima[0] ?? [0, 0];
  const labels = useMemo(
    () =>
      [2, 5, 8].flatMap((index) => {
        const level = picture.levels[index];
        if (level === undefined) return [];
        for (const end of b - low > high - b ? [low, high] : [high, low]) {
          const found = crossing(
            (share) => surface.evaluate([a, b + share * (end - b)])?.loss ?? null,
            level,
          );
          if (found !== null && found < 0.95) return [{ level, point: [a, b + found * (end - b)] }];
        }
        return [];
      }),
    [picture, surface],
  );
  return (
    <>
      {labels.map(({ level, point }) => {
        const [x, y] = frame.at(point);
        const text = significant(level, 2);
        const box = boxOf(text, x, y + 4, "middle");
        return taken.some((other) => shared(box, other)) ? null : (
          <Label key={level} x={x} y={y + 4} anchor="middle" class="nnw-xs nnw-halo">
            {text}
          </Label>
        );
      })}
    </>
  );
}

/** The share of a way at which a loss is first crossed. */
function crossing(loss: (share: number) => number | null, level: number): number | null {
  for (let index = 1; index <= 100; index++) {
    const here = loss(index / 100);
    if (here !== null && here >= level) return index / 100;
  }
  return null;
}
