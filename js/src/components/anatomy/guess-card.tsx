// The card of the guess: the question, what is revealed layer by layer with its arithmetic, and how far off it was.

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { percent, significant } from "../../draw/format";
import type { TermTrait } from "../../generated/protocol";
import { Button } from "../button";
import { giveFocus } from "../focus";
import { Icon } from "../icon";
import { useId } from "../ids";
import { type Guess, lastOf, nextOf, parseGuess, sum, termsOf, type Verdict, verdictOf } from "./guess";
import { endGuess, startGuess } from "./menu";
import type { Anatomy } from "./state";
import { arithmeticText, called, counted, countText, meantText } from "./texts";
import type { Tree } from "./tree";

interface CardProps {
  anatomy: Anatomy;
  guess: Guess;
  tree: Tree;
}

const MOST_SUMMANDS = 8;
/** A piece of the bar that has no room for a line behind it. */
const THIN = 0.006;

export function GuessCard(props: CardProps) {
  const { anatomy, guess } = props;
  const card = useFocus(guess.phase);
  const Part = { asking: Question, revealing: Reveal, over: Answer, off: () => null }[guess.phase];
  return (
    <section
      ref={card.place}
      class="nnw-an-guess"
      aria-label="Guess"
      onSubmit={card.act}
      onClick={card.act}
      onKeyDown={card.act}
    >
      <div class="nnw-an-guess-main">
        <Part {...props} />
      </div>
      <Button
        class="nnw-btn nnw-btn--icon"
        icon="close"
        label="Stop guessing"
        onClick={() => endGuess(anatomy)}
      />
      <Bar anatomy={anatomy} guess={guess} />
    </section>
  );
}

/** Where the keyboard goes with each phase; when all is revealed nowhere, so that one press too many does nothing. */
const FOCUS: Partial<Record<Guess["phase"], string>> = { asking: "input", revealing: ".nnw-btn--line" };

/** Who has brought the next phase about in the card goes on there. */
function useFocus(phase: Guess["phase"]) {
  const place = useRef<HTMLElement>(null);
  const acted = useRef(false);
  useLayoutEffect(() => {
    const wanted = acted.current && FOCUS[phase];
    acted.current = false;
    if (wanted) giveFocus(place.current?.querySelector<HTMLElement>(wanted));
  }, [phase]);
  return {
    place,
    act() {
      acted.current = true;
    },
  };
}

/** How many are to be guessed, in the reader's words or in arithmetic. */
function Question({ anatomy, tree }: CardProps) {
  const { store } = anatomy;
  const text = useSignal("");
  const wrong = useSignal(false);
  const id = useId();
  const value = parseGuess(text.value);
  const isSum = value !== null && /[^\d,.\s_]/.test(text.value.trim());
  const submit = () => {
    wrong.value = value === null;
    if (value !== null) store.set({ guess: value, revealed: 0 });
  };
  if (!tree.parameter_count)
    return <p>There is nothing to guess: no parameter of it is trained. Stop guessing to see the rest.</p>;
  return (
    <form
      class="nnw-an-guess-form"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <label for={id}>
        <b>How many parameters {tree.frozen ? "of it are trained" : "does it have"}?</b>
      </label>
      <span class="nnw-numbox">
        <input
          id={id}
          class={`nnw-num ${wrong.value ? "is-error" : ""}`}
          type="text"
          autocomplete="off"
          spellcheck={false}
          placeholder="a number, or 3 × 4 + 4"
          value={text.value}
          aria-invalid={wrong.value}
          aria-describedby={`${id}-help`}
          onInput={(event) => {
            text.value = event.currentTarget.value;
            wrong.value = false;
          }}
        />
        {wrong.value ? (
          <span class="nnw-error" role="alert">
            must be a whole number, or sums and products of them
          </span>
        ) : null}
      </span>
      <button type="submit" class="nnw-btn nnw-btn--line">
        Guess
      </button>
      <output class="nnw-an-guess-sum" for={id}>
        {isSum ? `= ${countText(value)}` : ""}
      </output>
      <span class="nnw-2nd nnw-s" id={`${id}-help`}>
        All counts are hidden. The shapes say what you need.
      </span>
    </form>
  );
}

/** What the last press revealed, and what the next will. */
function Reveal({ anatomy, guess, tree }: CardProps) {
  const { store, visible } = anatomy;
  const next = visible && nextOf(guess, visible);
  const last = visible && lastOf(guess, visible);
  const left = guess.steps.length - guess.revealed;
  return (
    <>
      <div class="nnw-an-guess-line">
        <p role="status">
          {last ? <Last revealed={last} /> : "Now layer by layer: how many are in the first?"}
        </p>
        <Total guess={guess} />
      </div>
      <div class="nnw-an-guess-line">
        <p class="nnw-2nd nnw-s">{last ? <Meaning revealed={last} tree={tree} /> : null}</p>
        <span class="nnw-an-guess-acts">
          {next ? (
            <Button kind="line" onClick={() => store.set({ revealed: next.to })}>
              Reveal {called(next.node)}
            </Button>
          ) : null}
          {left > 1 ? (
            <Button kind="text" onClick={() => store.set({ revealed: guess.steps.length })}>
              Reveal all
            </Button>
          ) : null}
        </span>
      </div>
    </>
  );
}

const Total = ({ guess }: { guess: Guess }) => (
  <span class="nnw-an-guess-total">
    <span class="nnw-2nd nnw-s">so far</span> <b data-n="guess.total">{countText(guess.total)}</b>{" "}
    <span class="nnw-2nd nnw-s">· you guessed {countText(guess.guess ?? 0)}</span>
  </span>
);

interface RevealedProps {
  revealed: NonNullable<ReturnType<typeof lastOf>>;
}

/** "784 × 64 + 64 = 50,240"; of several layers in one line "256 + 36,864 = 37,120". */
function Last({ revealed: { node, steps } }: RevealedProps) {
  const [only, ...others] = steps;
  const count = sum(steps.map((step) => step.count));
  const isOne = only && !others.length && only.node.index === node.index;
  const text = isOne
    ? arithmeticText({ terms: [...termsOf(only)], count })
    : steps.length > 1 && steps.length <= MOST_SUMMANDS
      ? `${steps.map((step) => countText(step.count)).join(" + ")} = ${countText(count)}`
      : countText(count);
  const result = text.lastIndexOf(" ") + 1;
  return (
    <>
      <b>{called(node)}</b>{" "}
      <span data-n={`guess.${node.key}`}>
        {text.slice(0, result)}
        <b>{text.slice(result)}</b>
      </span>
    </>
  );
}

/** What each number of the arithmetic counts. */
function Meaning({ revealed: { steps }, tree }: RevealedProps & { tree: Tree }) {
  const terms = steps.length === 1 && steps[0] ? termsOf(steps[0]) : [];
  if (terms.length > 3) return null;
  const isBias = ({ parameter }: TermTrait) => /bias$/.test(tree.parameters[parameter]?.names[0] ?? "");
  const texts = terms.map((term) =>
    term.factors.length === 1 && isBias(term)
      ? counted(term.factors[0] as number, "bias", "biases")
      : meantText(term),
  );
  return <>{texts.join(" + ") || `${counted(steps.length, "layer")} with parameters`}</>;
}

function Answer({ anatomy, guess, tree }: CardProps) {
  const verdict = verdictOf(tree, guess.guess ?? 0);
  const last = anatomy.visible && lastOf(guess, anatomy.visible);
  return (
    <>
      <div class="nnw-an-guess-line">
        <p role="status">
          <b>You guessed {countText(guess.guess ?? 0)}:</b> <span data-n="guess.off">{offText(verdict)}</span>
          . {verdict.mistake ? `${verdict.mistake.charAt(0).toUpperCase()}${verdict.mistake.slice(1)}.` : ""}
        </p>
        <span class="nnw-an-guess-total">
          <span class="nnw-2nd nnw-s">in all</span> <b data-n="guess.total">{countText(guess.target)}</b>
        </span>
      </div>
      <div class="nnw-an-guess-line">
        <p class="nnw-an-guess-sums nnw-2nd nnw-s">
          {last ? (
            <span>
              <Last revealed={last} />
            </span>
          ) : null}
          <span>{sumText(guess)}</span>
        </p>
        <span class="nnw-an-guess-acts">
          <Button kind="line" onClick={() => startGuess(anatomy)}>
            Guess again
          </Button>
        </span>
      </div>
    </>
  );
}

/** "4,234 too few (7.7 %)". */
export function offText({ off, share, isRight }: Verdict): string {
  if (isRight) return "exactly right";
  const amount = `${countText(Math.abs(off))} too ${off < 0 ? "few" : "many"}`;
  const far =
    share >= 1 ? `${significant(share + 1, 2)} times as many` : percent(share, share < 0.001 ? 3 : 1);
  return off > 0 && share >= 1
    ? `${amount} (${far})`
    : `${amount} (${percent(share, share < 0.001 ? 3 : 1)})`;
}

/** "50,240 + 4,160 + 650 = 55,050"; of many layers how many there are. */
function sumText({ steps, target, rest }: Guess): ComponentChildren {
  const counts = [...steps.map(({ count }) => count), ...(rest ? [rest] : [])];
  const unused = rest ? `, of which no layer uses ${countText(rest)}` : "";
  if (counts.length < 2) return null;
  if (counts.length > MOST_SUMMANDS)
    return `${counted(steps.length, "layer")} with ${countText(target)} in all${unused}`;
  return `${counts.map(countText).join(" + ")} = ${countText(target)}${unused}`;
}

/** All that is revealed, a line of the ledger beside the other, and where the guess is: passing it is seen. */
function Bar({ anatomy, guess }: { anatomy: Anatomy; guess: Guess }) {
  const { steps, revealed, total, rest, phase } = guess;
  const pieces = new Map<number, number>();
  for (const { node, count } of steps.slice(0, revealed)) {
    const row = anatomy.visible?.rowOf(node.index) ?? -1;
    pieces.set(row, (pieces.get(row) ?? 0) + count);
  }
  const shown = [...pieces.values(), ...(phase === "over" && rest ? [rest] : [])];
  const end = 1.04 * Math.max(guess.guess ?? 0, total, 1);
  const place = (value: number) => `${(100 * value) / end}%`;
  return (
    <div class="nnw-an-guess-bar" aria-hidden="true" hidden={phase === "asking"}>
      {shown.map((count, at) => (
        <span
          key={at}
          style={{ left: place(sum(shown.slice(0, at))), width: place(count) }}
          data-thin={count < THIN * end || undefined}
        />
      ))}
      {guess.guess === null ? null : (
        <i style={{ left: place(guess.guess) }}>
          <Icon name="down" />
        </i>
      )}
    </div>
  );
}
