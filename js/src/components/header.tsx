// The header: what to do, how fast, how far, how good.
import { computed, type ReadonlySignal, type Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { fixed, percent, thousands } from "../draw/format";
import type { CommandMessage, FrameHeader } from "../generated/protocol";
import { Button } from "./button";
import { useSaid } from "./callout";
import { useView } from "./context";
import { Slider } from "./fields";
import { trainAccuracy, trainLoss } from "./figures";
import { Figure, FigureTable, StatusPill } from "./head-parts";
import type { IconName } from "./icon";
import { LineMark, TEST_MARK, TRAIN_MARK } from "./line-mark";
import { Tools } from "./menu";
import { replays } from "./replaying";
import { speedScale } from "./scales";
import { Only, panelShown } from "./shown";
import type { OpenText } from "./texts";

export const Header = ({ text }: { text: Signal<OpenText> }) => (
  <Head
    text={text}
    pace={
      <Only control="speed">
        <Speed />
      </Only>
    }
    epoch={<Epoch />}
  />
);

interface HeadProps {
  text: Signal<OpenText>;
  /** How fast, or how far of what is planned. */
  pace: ComponentChildren;
  epoch: ComponentChildren;
  /** How good, if that is not the loss and the accuracy. */
  metrics?: ComponentChildren;
  /** A better word for the status, where there is one. */
  word?: string | undefined;
}

export function Head({ text, pace, epoch, metrics = <Metrics />, word }: HeadProps) {
  return (
    <section class="nnw-head" aria-label="Run">
      <Only control="reset play step">
        <Transport />
      </Only>
      {pace}
      {epoch}
      {metrics}
      <div class="nnw-tools">
        <Status word={word} />
        <Tools text={text} />
      </div>
    </section>
  );
}

function Transport() {
  const { store, locks, batch = "batch", moves = [] } = useView();
  const [enabled, plays] = [store.enabled.value, store.plays.value];
  const running = store.status.value === "running";
  const send = (command: CommandMessage) => () => store.command(command);
  const step = (unit: "batch" | "epoch", word: string, works: boolean) =>
    button(unit, `Step ${word}`, send({ type: "step", unit, n: 1 }), word, works);
  const button = (
    icon: IconName,
    label: string,
    press: () => void,
    word: string,
    works: boolean,
    kind = "",
  ) => (
    <Button
      key={label}
      {...(kind ? { class: `nnw-btn ${kind}` } : {})}
      icon={icon}
      label={label}
      data-replays={works || undefined}
      disabled={!works || (running && locks)}
      onClick={press}
    >
      {word ? <span>{word}</span> : null}
    </Button>
  );
  return (
    <div class="nnw-transport" role="toolbar" aria-label="Training">
      <Only control="reset">{button("reset", "Reset", send({ type: "reset", seed: null }), "", plays)}</Only>
      <Only control="play">
        <Button
          class="nnw-play"
          icon={running ? "pause" : "play"}
          label={running ? "Pause" : "Play"}
          disabled={!plays}
          onClick={send({ type: running ? "pause" : "play" })}
        />
      </Only>
      <Only control="step">
        {step("batch", batch, enabled)}
        {step("epoch", "epoch", plays)}
        {moves.map(({ icon, label, word, press }) => button(icon, label, press, word, enabled, "nnw-move"))}
      </Only>
    </div>
  );
}

/** `samples` is how many of them an epoch has, where they come one at a time. */
export function Speed({ samples = 0 }: { samples?: number }) {
  const { store } = useView();
  const speeds = store.speeds.value;
  const scale = useMemo(() => speedScale(speeds, samples), [speeds, samples]);
  return (
    <Slider
      class="nnw-speed"
      label="Speed"
      control={store.controls.speed}
      scale={scale}
      disabled={!store.plays.value}
    />
  );
}

/** The figures on screen belong to the picture on screen; the traits stand in until there is one. */
function useFigures() {
  const { store, easel } = useView();
  return useMemo(() => {
    const { traits } = store;
    const figure = <T,>(
      read: (header: FrameHeader) => T,
      fallback: () => T,
      text: (value: T) => string,
    ): ReadonlySignal<string> =>
      computed(() => {
        const header = easel.shown.value;
        return text(header ? read(header) : fallback());
      });
    const loss = (value: number | null) => fixed(value, 3);
    const accuracy = (value: number | null) => percent(value);
    return {
      epoch: figure(
        (header) => header.epoch,
        () => traits.epoch.value,
        thousands,
      ),
      progress: computed(() => {
        const header = easel.shown.value;
        const step = `step ${thousands(header ? header.step : traits.step_count.value)}`;
        const target = header?.run_target_epoch ?? null;
        return target === null ? step : `of ${thousands(target)} · ${step}`;
      }),
      loss: computed(() => loss(trainLoss(store, easel.shown.value))),
      accuracy: computed(() => accuracy(trainAccuracy(store, easel.shown.value))),
      testLoss: figure(
        (header) => header.test_loss,
        () => traits.test_loss.value,
        loss,
      ),
      testAccuracy: figure(
        (header) => header.test_accuracy,
        () => traits.test_accuracy.value,
        accuracy,
      ),
    };
  }, [store, easel]);
}

function Epoch() {
  const { epoch, progress } = useFigures();
  return <Figure value={epoch} under={progress} />;
}

function Metrics() {
  const { loss, accuracy, testLoss, testAccuracy } = useFigures();
  return <MetricsTable first="loss" train={[loss, accuracy]} test={[testLoss, testAccuracy]} />;
}

type Figures = readonly [first: ReadonlySignal<string>, accuracy: ReadonlySignal<string>];

interface MetricsProps {
  /** What stands beside the accuracy. */
  first: string;
  train: Figures;
  test: Figures;
}

export function MetricsTable({ first, train, test }: MetricsProps) {
  const { n_test, class_names } = useView().store.data.value;
  const tested = n_test > 0;
  const absent = class_names.length ? "" : "nnw-absent";
  return (
    <FigureTable
      columns={[{ name: first }, { name: "accuracy", class: absent }]}
      rows={[
        { name: <Named mark={TRAIN_MARK}>train</Named>, cells: train },
        { name: <Named mark={TEST_MARK}>test</Named>, cells: test, class: tested ? "" : "nnw-absent" },
      ]}
    />
  );
}

const Named = ({ mark, children }: { mark: typeof TRAIN_MARK | typeof TEST_MARK; children: string }) => (
  <>
    <LineMark {...mark} />
    {children}
  </>
);

function Status({ word }: { word: string | undefined }) {
  const { store } = useView();
  const [said] = useSaid();
  const status = store.status.value;
  const title = said && `${said.title} ${said.text}`;
  if (replays(store))
    return (
      <StatusPill status={status} word={status === "running" ? "replaying" : "recorded run"} title={title} />
    );
  // What is measured of a run is read beside its picture; what has happened to it is missed by who sees the header only.
  const leads = said && (!said.changes || said.kind === "diverged") && panelShown(store, "diagnosis");
  return (
    <StatusPill
      {...(store.timeline.preview.value && store.enabled.value ? { status: "preview" } : { status, word })}
      {...(leads ? { title, leads: ".nnw-diag" } : {})}
    />
  );
}
