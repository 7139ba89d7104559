// The header: how to walk through the pass, how large the update is, how far, and how good before and after it.
import type { ComponentChildren, JSX } from "preact";
import { significant } from "../../draw/format";
import { Button } from "../button";
import { three } from "../explorer/numbers";
import { Slider } from "../fields";
import { Figure, FigureTable, StatusPill } from "../head-parts";
import type { IconName } from "../icon";
import { learningRateScale } from "../scales";
import type { Walk } from "./play";
import { type Backprop, phasesOf, reset, type Shown } from "./state";
import { InText } from "./symbols";
import { valueText } from "./texts";

interface HeaderProps {
  found: Backprop;
  shown: Shown | null;
  walk: Walk | null;
  /** For so long that it is worth saying. */
  busy: boolean;
  tools: JSX.Element;
}

export function Header({ found, shown, walk, busy, tools }: HeaderProps) {
  return (
    <section class="nnw-head" aria-label="Walk">
      <Transport found={found} walk={walk} />
      <Slider
        class="nnw-speed"
        label="Learning rate"
        control={found.store.controls.learning_rate}
        scale={RATES}
        disabled={!found.there}
      />
      <Progress shown={shown} />
      <Metrics shown={shown} />
      <div class="nnw-tools">
        <StatusPill {...statusOf(found, shown, walk, busy)} />
        {tools}
      </div>
    </section>
  );
}

/** "10⁶" is all that is to be said of 1.00·10⁶, and there is little room. */
const RATES = learningRateScale((rate) =>
  significant(rate, 3)
    .replace(/\.?0+·/, "·")
    .replace(/^1·/, ""),
);

function Transport({ found, walk }: { found: Backprop; walk: Walk | null }) {
  const button = (icon: IconName, label: string, word: string, press?: () => void) => (
    <Button
      icon={icon}
      label={walk?.isLast ? `${label}: another pass` : label}
      disabled={!walk?.canGoOn}
      onClick={press}
    >
      <span>{word}</span>
    </Button>
  );
  return (
    <div class="nnw-transport" role="toolbar" aria-label="Steps">
      <Button icon="reset" label="Reset" onClick={() => reset(found)} />
      <Button
        class="nnw-play"
        icon={walk?.isPlaying ? "pause" : "play"}
        label={walk?.isPlaying ? "Pause" : "Play"}
        disabled={!walk}
        onClick={walk?.toggle}
      />
      {button("batch", "Next step", "step", walk?.step)}
      {button("epoch", "Next phase", "phase", () => walk?.phase(1))}
    </div>
  );
}

function Progress({ shown }: { shown: Shown | null }) {
  if (!shown) return <Figure word="step" value="·" under="" />;
  const { at, steps, step, pass } = shown;
  const phase = phasesOf(steps).find(({ to }) => at < to);
  const within = phase ? `${step.phase} ${at - phase.from + 1} of ${phase.to - phase.from}` : "";
  return (
    <Figure
      word={pass.number > 1 ? `pass ${pass.number}, step` : "step"}
      value={at + 1}
      under={`of ${steps.length} · ${within}`}
    />
  );
}

const UNKNOWN = "·";

function Metrics({ shown }: { shown: Shown | null }) {
  const [name, value, after] = shown ? outputOf(shown) : [<var key="p">p</var>, null, null];
  const loss = shown?.pass.symbols[shown.pass.end];
  const many = shown && shown.pass.batch > 1;
  const isKnown = shown?.knows(shown.pass.end);
  const cell = (key: string, text: string | null) => (
    <span data-n={text === null ? undefined : key}>{text ?? UNKNOWN}</span>
  );
  const number = (known: boolean | undefined, number: number | null | undefined) =>
    known && number !== null && number !== undefined ? three(number) : null;
  return (
    <FigureTable
      columns={[
        { name: <>output {name}</> },
        {
          name: (
            <>
              {many && shown.pass.averaged ? "mean " : ""}loss{" "}
              {loss ? <InText symbol={loss} /> : <var>L</var>}
            </>
          ),
        },
      ]}
      rows={[
        { name: "now", cells: [cell("output", value), cell("loss", number(isKnown, shown?.pass.loss))] },
        {
          name: "after update",
          cells: [
            cell("output.after", after),
            cell("loss.after", number(shown?.isAgain, shown?.pass.loss_after)),
          ],
        },
      ]}
    />
  );
}

/** What goes into the loss; of several the one of the class that is right, or the first. */
function outputOf({
  pass,
  sample,
  knows,
  isAgain,
}: Shown): [name: ComponentChildren, now: string | null, after: string | null] {
  const outputs = pass.into(pass.end);
  const right = pass.target_kind === "class" ? (pass.target(sample)[0] ?? 0) : 0;
  const node = (outputs[right] ?? outputs[0])?.from;
  const symbol = node === undefined ? undefined : pass.symbols[node];
  if (node === undefined || !symbol) return ["", null, null];
  return [
    <>
      <InText symbol={symbol} />
      {outputs.length > 1 ? " …" : ""}
    </>,
    knows(node) ? valueText(pass, node, pass.value(sample, node)) : null,
    isAgain ? valueText(pass, node, pass.after(sample, node)) : null,
  ];
}

/** What happens, in a word. */
function statusOf(
  { there, trouble, pass }: Backprop,
  shown: Shown | null,
  walk: Walk | null,
  busy: boolean,
): { status: string; word: string } {
  if (!there) return { status: "disconnected", word: "no kernel" };
  if (trouble) return { status: "error", word: "error" };
  if (!pass || busy) return { status: "running", word: "recording…" };
  if (!shown?.pass.settled) return { status: "running", word: "training" };
  return walk?.isPlaying ? { status: "running", word: "playing" } : { status: "paused", word: "paused" };
}
