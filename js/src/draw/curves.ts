// A learning curve over epochs: uPlot keeps the axes, the epochs' lines and the cursor; the band of single
// batches and the names at the ends of the lines are drawn here.
import uPlot from "uplot";
import type { Theme } from "./colour";
import {
  type Band,
  type CurveData,
  type CurveKind,
  type CurveLimits,
  epochTicks,
  isNewRun,
  lastEpoch,
  lastMeasured,
  limitsFor,
  NO_DATA,
  nearestRow,
  placeLabels,
  stepBand,
  valueTicks,
} from "./curve-data";

export { type CurveData, type CurveKind, NO_DATA } from "./curve-data";

/** The classes of uPlot's stylesheet that its elements need here. */
export const CURVE_CLASSES = [
  "uplot",
  "u-wrap",
  "u-under",
  "u-over",
  "u-cursor-x",
  "u-cursor-pt",
  "u-off",
] as const;

/** What was measured at an epoch; null where nothing was. */
export interface CurveValues {
  readonly epoch: number;
  readonly train: number | null;
  readonly test: number | null;
}

export interface CurveOptions {
  readonly kind: CurveKind;
  /** What the chart is called by a screen reader. */
  readonly label: string;
  readonly theme: Theme;
  readonly width: number;
  readonly height: number;
  /** The row under the pointer and its values, or twice null. */
  onHover?(index: number | null, values: CurveValues | null): void;
}

export interface Curve {
  /** Draws the data, at once. The columns may be views that change later. */
  update(data: CurveData): void;
  resize(width: number, height: number): void;
  setTheme(theme: Theme): void;
  destroy(): void;
}

/** Beside the plotting area, at a tick size of 11 px. */
const MARGIN = { top: 10, right: 48, bottom: 26, left: 42 } as const;
const TICK = 4;
const TEST_DASH = [4, 2.5];
const NAMES = ["train", "test"] as const;

export function makeCurve(element: HTMLElement, options: CurveOptions): Curve {
  const { kind, onHover } = options;
  let theme = options.theme;
  let data: CurveData = NO_DATA;
  let limits: CurveLimits = limitsFor(kind, NO_DATA, null);
  let reached = 0;
  let hovered: number | null = null;

  const unit = () => theme.textXs / 11;
  let { width, height } = options;
  let chart = create();

  /** uPlot takes fonts and margins once and for all, so a theme that changes them needs a new chart. */
  function create(): uPlot {
    const font = `${theme.textXs}px ${theme.fontFamily}`;
    const line = { pxAlign: 0, spanGaps: true, points: { show: false } };
    const created = new uPlot(
      {
        width: Math.max(1, width),
        height: Math.max(1, height),
        padding: [MARGIN.top, MARGIN.right * unit(), 0, 0],
        legend: { show: false },
        cursor: {
          y: false,
          drag: { x: false, y: false, setScale: false },
          points: { size: 6, width: 0, fill: (_, series) => (series === 1 ? theme.ink : theme.ink2) },
        },
        scales: {
          x: { time: false, auto: false, range: () => [0, limits.x] },
          y: { auto: false, range: () => [limits.y[0], limits.y[1]] },
        },
        axes: [
          {
            side: 2,
            font,
            stroke: theme.ink2,
            size: MARGIN.bottom * unit(),
            gap: TICK,
            grid: { show: false },
            border: { show: true, stroke: theme.ink3, width: 1 },
            ticks: { show: true, stroke: theme.ink3, width: 1, size: TICK },
            splits: (self) => epochTicks(limits.x, plotWidth(self)).map((tick) => tick.value),
            values: epochLabels,
          },
          {
            side: 3,
            font,
            stroke: theme.ink2,
            size: MARGIN.left * unit(),
            gap: 8,
            // The lowest line is the border of the other axis.
            grid: {
              show: true,
              stroke: theme.hairline,
              width: 1,
              filter: (_, splits) => splits.map((value) => (value > limits.y[0] ? value : null)),
            },
            ticks: { show: false },
            splits: () => valueTicks(kind, limits.y).map((tick) => tick.value),
            values: () => valueTicks(kind, limits.y).map((tick) => tick.label),
          },
        ],
        series: [
          {},
          { ...line, stroke: theme.ink, width: 1.75 },
          { ...line, stroke: theme.ink2, width: 1.5, dash: [] },
        ],
        hooks: {
          drawClear: [scaleDash],
          drawAxes: [(self) => drawBand(self, stepBand(data, plotWidth(self) / COLUMN / limits.x), theme)],
          draw: [drawWords],
          setCursor: [tellHover],
        },
      },
      alignedData(data),
      element,
    );
    created.root.setAttribute("role", "img");
    created.root.setAttribute("aria-label", options.label);
    return created;
  }

  const plotWidth = (self: uPlot) => self.bbox.width / uPlot.pxRatio;

  /** The last number gives way to the word "epoch" where they would touch. */
  function epochLabels(self: uPlot): string[] {
    const length = plotWidth(self);
    const end = length + MARGIN.right * unit() - textWidth(self, "epoch") - TICK;
    return epochTicks(limits.x, length).map(({ value, label }) =>
      (value / limits.x) * length + textWidth(self, label) / 2 > end ? "" : label,
    );
  }

  function textWidth({ ctx }: uPlot, text: string): number {
    ctx.save();
    ctx.font = `${theme.textXs}px ${theme.fontFamily}`;
    const { width } = ctx.measureText(text);
    ctx.restore();
    return width;
  }

  function drawWords(self: uPlot): void {
    const { ctx } = self;
    const ratio = uPlot.pxRatio;
    const { left, top, width, height } = self.bbox;
    ctx.save();
    ctx.font = `${theme.textXs * ratio}px ${theme.fontFamily}`;
    ctx.textAlign = "right";
    ctx.textBaseline = "top";
    ctx.fillStyle = theme.ink2;
    ctx.fillText("epoch", left + width + MARGIN.right * unit() * ratio, top + height + (TICK + 4) * ratio);

    ctx.textAlign = "left";
    ctx.textBaseline = "middle";
    const lines = [data.epochs.train, data.epochs.test]
      .map((values, series) => ({ series, row: lastMeasured(values), values }))
      .filter(({ row }) => row >= 0);
    const tops = lines.map(({ row, values }) => self.valToPos(values[row] as number, "y", true));
    const distance = (theme.textXs + 2) * ratio;
    const half = distance / 2;
    const places = placeLabels(tops, distance, top, top + height - half);
    const end = Math.min(self.valToPos(lastEpoch(data), "x", true), left + width);
    lines.forEach(({ series }, index) => {
      ctx.fillStyle = series === 0 ? theme.ink : theme.ink2;
      ctx.fillText(NAMES[series] as string, end + 6 * ratio, places[index] as number);
    });
    ctx.restore();
  }

  function tellHover(self: uPlot): void {
    if (!onHover) return;
    const { left } = self.cursor;
    const { epoch, train, test } = data.epochs;
    let index: number | null = null;
    if (left !== undefined && left >= 0 && epoch.length) {
      index = nearestRow(epoch, self.posToVal(left, "x"));
    }
    if (index === hovered) return;
    hovered = index;
    const measured = (value: number | undefined) =>
      value === undefined || Number.isNaN(value) ? null : value;
    onHover(
      index,
      index === null
        ? null
        : { epoch: epoch[index] as number, train: measured(train[index]), test: measured(test[index]) },
    );
  }

  function draw(axesChanged: boolean): void {
    chart.batch(() => {
      chart.setData(alignedData(data), false);
      if (axesChanged) {
        chart.setScale("x", { min: 0, max: limits.x });
        chart.setScale("y", { min: limits.y[0], max: limits.y[1] });
      }
      // Where the scales stay, uPlot would draw as many rows as there were before.
      chart.redraw(true, axesChanged);
    });
  }

  return {
    update(next) {
      const before = isNewRun(next, reached) || reached === 0 ? null : limits;
      const fitted = limitsFor(kind, next, before);
      const axesChanged = fitted.x !== limits.x || fitted.y[0] !== limits.y[0] || fitted.y[1] !== limits.y[1];
      data = next;
      limits = fitted;
      reached = lastEpoch(next);
      draw(axesChanged);
      // The row under a pointer that rests may be gone.
      tellHover(chart);
    },
    resize(nextWidth, nextHeight) {
      if (nextWidth < 1 || nextHeight < 1 || (nextWidth === width && nextHeight === height)) return;
      [width, height] = [nextWidth, nextHeight];
      chart.setSize({ width, height });
    },
    setTheme(next) {
      theme = next;
      chart.destroy();
      chart = create();
    },
    destroy() {
      chart.destroy();
    },
  };
}

/** uPlot measures dashes in real pixels, and the pixels of a window change when it goes to another screen. */
function scaleDash({ series }: uPlot): void {
  if (series[2]) series[2].dash = TEST_DASH.map((length) => length * uPlot.pxRatio);
}

/** uPlot knows null as "no value", not NaN. */
function alignedData({ epochs }: CurveData): uPlot.AlignedData {
  const values = (column: Float64Array) =>
    Array.from(column, (value) => (Number.isFinite(value) ? value : null));
  return [epochs.epoch, values(epochs.train), values(epochs.test)];
}

/** Width of what is drawn as one entry of the band: in single pixels it would be hatching. */
const COLUMN = 2;
/** Faint enough to stay behind the lines of the epochs. */
const BAND_ALPHA = 0.4;
const MEAN_ALPHA = 0.7;
/** A band over more of the plot's height than this says nothing, and is left out. */
const BAND_COVERAGE = 0.5;

/** The share of the plot's height that lies between two lines, on average over its columns. */
export function coverage(
  high: readonly number[],
  low: readonly number[],
  { top, height }: { top: number; height: number },
): number {
  const inside = (y: number) => Math.min(top + height, Math.max(top, y));
  const total = high.reduce((sum, y, index) => sum + inside(low[index] as number) - inside(y), 0);
  return total / (high.length * height);
}

/** The scatter of single batches: from lowest to highest in each column, with the mean as a thin line. */
function drawBand(chart: uPlot, band: Band, theme: Theme): void {
  if (!band.x.length) return;
  const { ctx, bbox } = chart;
  const xs = band.x.map((x) => chart.valToPos(x, "x", true));
  const ys = (values: readonly number[]) => values.map((value) => chart.valToPos(value, "y", true));
  const [low, high, mean] = [ys(band.low), ys(band.high), ys(band.mean)];
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  if (coverage(high, low, bbox) <= BAND_COVERAGE) {
    ctx.beginPath();
    xs.forEach((x, index) => {
      ctx.lineTo(x, high[index] as number);
    });
    for (let index = xs.length - 1; index >= 0; index--)
      ctx.lineTo(xs[index] as number, low[index] as number);
    ctx.closePath();
    ctx.globalAlpha = BAND_ALPHA;
    ctx.fillStyle = theme.track;
    ctx.fill();
  }
  ctx.globalAlpha = MEAN_ALPHA;
  ctx.beginPath();
  xs.forEach((x, index) => {
    ctx.lineTo(x, mean[index] as number);
  });
  ctx.strokeStyle = theme.ink3;
  ctx.lineWidth = 0.75 * uPlot.pxRatio;
  ctx.lineJoin = "round";
  ctx.stroke();
  ctx.restore();
}
