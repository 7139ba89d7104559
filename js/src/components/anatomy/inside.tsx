// The inside of the layer that is open: its parameters and how many they are, its pictures, and its distributions.
import type { ComponentType } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { InsideTrait } from "../../generated/protocol";
import { Button } from "../button";
import { useHandover } from "../handover";
import { useWidth } from "../images/hooks";
import { Arithmetic, sharesOf } from "./arithmetic";
import { isExact, numberText, pictureOf, withOwnNames } from "./arrays";
import { Chooser } from "./choosers";
import { Convolution, chooseChannel } from "./convolution";
import type { Guess } from "./guess";
import { Neurons, Signed } from "./neurons";
import { Normalisation } from "./normalisation";
import { Spreads } from "./spreads";
import type { Anatomy } from "./state";
import { Attention, Embedding, Others, Recurrent, Tensor, Tensors } from "./tensors";
import { countText, fullName, shapesText, tensorText } from "./texts";
import type { Node, Tree } from "./tree";

interface KindProps {
  anatomy: Anatomy;
  inside: InsideTrait;
  width: number;
}

/** A dense layer: as neurons and connections where there are few, else as a matrix. */
const MOST_NEURONS = 16;

function Dense({ anatomy, inside, width }: KindProps) {
  const weight = pictureOf(inside, "weight", /weight$/);
  const bias = pictureOf(inside, "weight", /bias$/);
  const [input, output] = [pictureOf(inside, "input"), pictureOf(inside, "output")];
  const isSmall = weight && weight.rows <= MOST_NEURONS && weight.columns <= MOST_NEURONS;
  const isVector = (picture: typeof input) => picture === null || picture.rows * picture.tiles === 1;
  if (weight && isSmall && isVector(input) && isVector(output))
    return <Neurons anatomy={anatomy} weight={weight} bias={bias} input={input} output={output} />;
  if (!weight) return <Tensors anatomy={anatomy} inside={inside} width={width} />;
  const now = Math.min(weight.rows - 1, inside.asked.channel);
  return (
    <>
      <Tensor
        anatomy={anatomy}
        picture={weight}
        width={width}
        now={now}
        onChoose={(channel) => anatomy.store.set({ channel })}
      />
      {isVector(output) && isVector(input) ? (
        <p class="nnw-s">
          <b>neuron {now}:</b> <span class="nnw-2nd">the sum of {countText(weight.columns)} products</span>
          {bias && isExact(bias) ? (
            <>
              {" "}
              + <Signed value={bias.values[now] ?? Number.NaN} inner /> <span class="nnw-2nd">bias</span>
            </>
          ) : null}
          {output && isExact(output) ? (
            <>
              {" = "}
              <b data-n="neuron.value">{numberText(output.values[now], 4)}</b>
            </>
          ) : null}
        </p>
      ) : null}
      <Others anatomy={anatomy} inside={inside} width={width} without={[weight]} />
    </>
  );
}

const KINDS: Record<InsideTrait["kind"], ComponentType<KindProps>> = {
  dense: Dense,
  convolution: Convolution,
  normalisation: (props) => (
    <>
      <Normalisation {...props} />
      <Tensors {...props} />
    </>
  ),
  embedding: Embedding,
  attention: Attention,
  recurrent: Recurrent,
  tensors: Tensors,
};

const WORDS: Record<InsideTrait["kind"], string> = {
  dense: "neuron",
  convolution: "channel",
  normalisation: "channel",
  embedding: "row",
  attention: "head",
  recurrent: "unit",
  tensors: "channel",
};

/** From here on numbers stand beside the pictures. */
const WIDE = 800;
const GAP = 32;
const SIDE = 380;

export function Inside({ anatomy, guess }: { anatomy: Anatomy; guess: Guess }) {
  const { selected, tree, stale, there } = anatomy;
  const inside = anatomy.inside && selected ? withOwnNames(anatomy.inside, selected.name) : null;
  const [place, width] = useWidth<HTMLElement>(440);
  const key = useRef("");
  useHandover((leaving) => {
    const rows = leaving.closest(".nnw")?.querySelectorAll<HTMLElement>("[role=row][data-key]");
    return [...(rows ?? [])].find((row) => row.dataset.key === key.current);
  }, place);
  const height = useRef(0);
  useLayoutEffect(() => {
    // What is opened next begins as high as what was open, so that nothing below jumps.
    if (inside && place.current) height.current = place.current.offsetHeight;
  });
  if (!selected || !tree) return null;
  key.current = selected.key;
  const hidden = guess.hides(selected);
  const isWide = width >= WIDE;
  const main = isWide ? width - SIDE - GAP : width;
  return (
    <section
      ref={place}
      class="nnw-in"
      aria-label={`Inside of ${fullName(selected)}`}
      aria-busy={stale && there}
      data-stale={(stale && there) || undefined}
      data-wide={isWide || undefined}
      style={inside ? undefined : { minHeight: `${height.current}px` }}
    >
      <Head anatomy={anatomy} node={selected} tree={tree} />
      <div class="nnw-in-side">
        <Arithmetic tree={tree} node={selected} hidden={hidden} />
        <Shares anatomy={anatomy} node={selected} tree={tree} />
        {inside && !hidden ? <Choosers anatomy={anatomy} inside={inside} samples={tree.samples} /> : null}
      </div>
      {hidden ? (
        <p class="nnw-in-wait nnw-2nd">What is in it can be seen as soon as it is revealed.</p>
      ) : inside ? (
        <Body
          key={inside.asked.selected}
          anatomy={anatomy}
          inside={inside}
          node={selected}
          width={main}
          side={isWide ? SIDE : width}
        />
      ) : (
        <p class="nnw-in-wait nnw-2nd">{there ? "opening…" : "it was not opened while Python was there"}</p>
      )}
    </section>
  );
}

/** What it is called, what it is, and what goes in and comes out. */
function Head({ anatomy, node, tree }: { anatomy: Anatomy; node: Node; tree: Tree }) {
  const { inputs, outputs, type, detail } = node;
  const all = (shapes: Node["inputs"]) => shapes.map(tensorText).join("\n");
  return (
    <header class="nnw-in-head">
      <h3 class="nnw-h" title={node.key}>
        {fullName(node)}
      </h3>
      <span class="nnw-2nd nnw-s nnw-yields">{[type, detail].filter(Boolean).join(", ")}</span>
      <Button icon="close" label="Close the layer" onClick={() => anatomy.select(null)} />
      {inputs.length || outputs.length ? (
        <p class="nnw-in-shapes nnw-2nd nnw-s">
          <span title={all(inputs)}>
            in <span data-n="inside.in">{shapesText(inputs, tree.samples, 3) || "nothing"}</span>
          </span>
          <span>→</span>
          <span title={all(outputs)}>
            out <span data-n="inside.out">{shapesText(outputs, tree.samples, 3) || "nothing"}</span>
          </span>
        </p>
      ) : null}
    </header>
  );
}

function Shares({ anatomy, node, tree }: { anatomy: Anatomy; node: Node; tree: Tree }) {
  const shares = sharesOf(tree, node);
  if (!shares.length) return null;
  return (
    <p class="nnw-in-shares nnw-s">
      <span class="nnw-2nd">shares {shares[0]?.names.join(", ") || "parameters"} with</span>
      {shares.map(({ node: other }) => (
        <Button
          key={other.key}
          kind="text"
          onClick={() => {
            anatomy.reveal(other);
            anatomy.select(other);
          }}
        >
          {fullName(other)}
        </Button>
      ))}
    </p>
  );
}

function Choosers({ anatomy, inside, samples }: { anatomy: Anatomy; inside: InsideTrait; samples: number }) {
  const { settings } = anatomy;
  if (samples < 2 && inside.channels < 2) return null;
  return (
    <div class="nnw-in-choosers">
      {samples > 1 ? (
        <Chooser
          anatomy={anatomy}
          name="sample"
          word="sample"
          first={1}
          count={samples}
          now={settings.sample}
        />
      ) : null}
      {inside.channels > 1 ? (
        <Chooser
          anatomy={anatomy}
          name="channel"
          word={WORDS[inside.kind]}
          first={0}
          count={inside.channels}
          now={settings.channel}
          choose={inside.kind === "convolution" ? (next) => chooseChannel(anatomy, inside, next) : undefined}
        />
      ) : null}
    </div>
  );
}

interface BodyProps extends KindProps {
  node: Node;
  /** Of what stands beside the pictures. */
  side: number;
}

function Body({ anatomy, inside, node, width, side }: BodyProps) {
  const Kind = KINDS[inside.kind] ?? Tensors;
  return (
    <>
      <div class="nnw-in-main">
        <Kind anatomy={anatomy} inside={inside} width={width} />
        {inside.note ? <p class="nnw-in-note nnw-2nd nnw-s">{inside.note}</p> : null}
      </div>
      <Spreads
        spreads={inside.spreads}
        hasGradients={Boolean(anatomy.numbers?.has_gradients)}
        trained={node.trainable > 0}
        owner={anatomy.tree?.owner}
        width={side}
      />
    </>
  );
}
