// The title: what model it is, what it consists of, how it was read, and whether it is followed.
import type { ComponentChildren, JSX } from "preact";
import { thousands } from "../../draw/format";
import type { NetworkAnatomySettings, NumbersTrait } from "../../generated/protocol";
import { Button } from "../button";
import { shortened, three } from "../explorer/numbers";
import { StatusPill } from "../head-parts";
import type { Guess } from "./guess";
import type { Anatomy } from "./state";
import { bytesText, counted, countText, shapesText, shortCount, tensorText, UNKNOWN } from "./texts";
import type { Tree } from "./tree";

interface TitleProps {
  anatomy: Anatomy;
  guess: Guess;
  tools: JSX.Element;
}

const [LONGEST_NAME, LONGEST_LABEL] = [40, 60];

export function Title({ anatomy, guess, tools }: TitleProps) {
  const { store, tree, there, numbers } = anatomy;
  const hidden = guess.phase === "asking" || guess.phase === "revealing";
  return (
    <section class="nnw-an-head" aria-label="Model">
      <div class="nnw-explorer-title">
        <h3 class="nnw-h" title={tree?.name}>
          {tree ? shortened(tree.name, LONGEST_NAME) : "Anatomy"}
        </h3>
        <span class="nnw-2nd nnw-s">{tree ? shortened(tree.label, LONGEST_LABEL) : ""}</span>
        <Following numbers={numbers} />
        <div class="nnw-tools">
          <StatusPill {...statusOf(anatomy)} />
          <Button icon="reset" label="Reset" onClick={() => reset(anatomy)} />
          <Button
            icon="refresh"
            label="Read the model again"
            disabled={!there}
            onClick={() => store.kernel.tell({ type: "refresh" })}
          />
          {tools}
        </div>
      </div>
      <dl class="nnw-an-facts nnw-s">{tree ? <Facts tree={tree} hidden={hidden} /> : null}</dl>
    </section>
  );
}

interface FactProps {
  name: string;
  /** Of its number, for whoever compares it. */
  n?: string;
  title?: string | undefined;
  children: ComponentChildren;
  /** Before the number instead of behind it. */
  leads?: boolean;
}

function Fact({ name, n, title, children, leads = false }: FactProps) {
  return (
    <div title={title} data-leads={leads || undefined}>
      {/* In the order that a list of terms must have; the number comes first on screen. */}
      <dt class="nnw-2nd">{name}</dt> <dd data-n={n}>{children}</dd>
    </div>
  );
}

function Facts({ tree, hidden }: { tree: Tree; hidden: boolean }) {
  const { parameter_count, frozen, multiply_adds, parameter_bytes, buffer_bytes, output_bytes, samples } =
    tree;
  const inputs = tree.nodes.filter(({ kind }) => kind === "input").flatMap(({ outputs }) => outputs);
  const show = (text: string) => (hidden ? UNKNOWN : text);
  const ofSamples = samples === 1 ? "for one sample" : `for all ${countText(samples)} samples`;
  const until = tree.failed === null ? "" : " until it failed";
  return (
    <>
      <Fact name={parameter_count === 1 ? "parameter" : "parameters"} n="parameters">
        {show(countText(parameter_count))}
      </Fact>
      {frozen ? (
        <Fact name="frozen" n="frozen">
          {show(`+ ${countText(frozen)}`)}
        </Fact>
      ) : null}
      <Fact
        name="weights"
        n="parameter_bytes"
        title={
          hidden
            ? undefined
            : `${countText(parameter_bytes)} bytes, and ${bytesText(buffer_bytes)} of buffers`
        }
      >
        {show(bytesText(parameter_bytes))}
      </Fact>
      {inputs.length ? (
        <Fact
          name={inputs.length > 1 ? "inputs" : "input"}
          n="input"
          leads
          title={inputs.map(tensorText).join("\n")}
        >
          <span class="nnw-2nd">{counted(samples, "sample")} of</span> {shapesText(inputs, samples)}
        </Fact>
      ) : null}
      <Fact
        name={`multiply–adds${until}`}
        n="multiply_adds"
        title={hidden ? undefined : `${countText(multiply_adds)} multiply–adds${until}, ${ofSamples}`}
      >
        {show(shortCount(multiply_adds))}
      </Fact>
      <Fact
        name={`put out${until}`}
        n="output_bytes"
        title={hidden ? undefined : `${countText(output_bytes)} bytes that the layers put out, ${ofSamples}`}
      >
        {show(bytesText(output_bytes))}
      </Fact>
      <Fact name="mode" n="mode">
        {tree.mode}
      </Fact>
    </>
  );
}

/** Where a training is, while it is followed. */
function Following({ numbers }: { numbers: NumbersTrait | null }) {
  if (!numbers || numbers.step === null) return null;
  const { step, epoch, loss, share } = numbers;
  return (
    <dl class="nnw-an-facts nnw-an-following nnw-s">
      <Fact name="step" n="step" leads>
        {thousands(step)}
      </Fact>
      {epoch === null ? null : (
        <Fact name="epoch" n="epoch" leads>
          {Number.isInteger(epoch) ? thousands(epoch) : epoch.toFixed(1)}
        </Fact>
      )}
      {loss === null ? null : (
        <Fact name="loss" n="loss" leads>
          {three(loss)}
        </Fact>
      )}
      {share === null ? null : (
        <Fact name="of the time" n="share" title="The part of the training's time that following it takes">
          {`${(100 * share).toFixed(1)}\u2009%`}
        </Fact>
      )}
    </dl>
  );
}

/** What happens, in a word. */
function statusOf({ there, tree, trouble, status, numbers }: Anatomy): { status: string; word: string } {
  if (!there) return { status: "disconnected", word: "no kernel" };
  if (status === "closed") return { status, word: "closed" };
  if (trouble || status === "error") return { status: "error", word: "error" };
  if (!tree || status === "reading") return { status: "running", word: "reading…" };
  if (numbers?.settled === false) return { status: "running", word: "training" };
  if (status === "following") return { status: "running", word: "following" };
  return { status: "idle", word: "ready" };
}

/** What can be looked at without Python. */
const LOOKED_AT = [
  "unfolded",
  "selected",
  "sample",
  "channel",
  "pixel",
  "tensor",
  "window",
  "first",
] as const;

/** Back to what it was made with; without Python only what is looked at can change. */
export function reset({ store, there }: Anatomy): void {
  const first = store.about.first as NetworkAnatomySettings;
  if (there) store.reset();
  else
    store.set(
      Object.fromEntries(
        [...LOOKED_AT, "guessing", "guess", "revealed"].map((name) => [
          name,
          first[name as keyof NetworkAnatomySettings],
        ]),
      ),
    );
}
