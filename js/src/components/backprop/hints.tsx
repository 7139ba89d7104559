// What to try next, one thing at a time: from the first value to a gradient that can be checked, and on to networks in
// which paths meet and gradients vanish. Each station follows from what is on screen.
import { significant } from "../../draw/format";
import { three } from "../explorer/numbers";
import { checkHint, compared, sisterOf } from "./hint-check";
import {
  counted,
  goal,
  type Hint,
  Loss,
  meetingOf,
  Of,
  plainName,
  TRY,
  to,
  toPhase,
  toPreset,
  toQuantity,
} from "./hint-parts";
import { chainOf, type Edge, type Factor, localOf, type Pass } from "./pass";
import { nodesOf, parametersOf, type Quantity, type Shown, stopOf } from "./state";
import { valueText } from "./texts";

const [FIRST, MEETING, VANISHING] = ["one sample", "paths meet", "vanishing"] as const;
const DEEP = 4;
const SMALL = 0.01;

const isDeep = ({ magnitudes }: Pass) => magnitudes.length >= DEEP;

export function hintOf(shown: Shown): Hint {
  const { step } = shown;
  if (step.phase === "forward") return forward(shown);
  if (step.phase === "loss") return atLoss(shown);
  if (step.phase === "update") return step.kind === "again" ? again(shown) : update(shown);
  return step.kind === "parameter" ? atParameter(shown) : back(shown);
}

// --- the stations ---

function forward(shown: Shown): Hint {
  const { pass, steps } = shown;
  const special = manyLayers(shown) ?? deadNeuron(shown);
  if (special) return special;
  const meeting = meetingOf(shown);
  const action = to(
    shown,
    "Step to the loss",
    steps.findIndex(({ phase }) => phase === "loss"),
  );
  if (meeting)
    return {
      lead: TRY,
      text: (
        <>
          look where <Of pass={pass} quantity={meeting} /> goes:{" "}
          {counted(pass.outOf(meeting.index).length, "line")} leave it, so that as many ways lead from it to
          the loss.
        </>
      ),
      action: toQuantity(shown, meeting, "Go where they meet"),
    };
  return {
    lead: TRY,
    text: "step forward to the loss. Every tile is a number that you could compute from those before it.",
    action,
  };
}

/** The longer the way, the more there is to see at its end. */
function manyLayers(shown: Shown): Hint | null {
  const { pass } = shown;
  if (!isDeep(pass)) return null;
  const target = goal(pass);
  const action = toQuantity(shown, target, `Go to ${plainName(pass, target)}`);
  return {
    lead: TRY,
    text: (
      <>
        look at <Of pass={pass} quantity={target} />, {pass.magnitudes.length} layers before the loss. Each
        layer brings more factors: how large is a gradient after so many?
      </>
    ),
    action,
  };
}

/** A unit through which no sample sends anything back. */
function deadNeuron(shown: Shown): Hint | null {
  const { pass } = shown;
  if (pass.shown < Math.max(2, pass.batch)) return null;
  const isDead = ({ id, to: node }: Edge) =>
    pass.groups[pass.groupOf(node)]?.kind === "activation" &&
    Array.from({ length: pass.shown }, (_, sample) => pass.local(sample, id)).every((local) => local === 0);
  const dead = pass.edges.find(isDead);
  if (!dead) return null;
  const source: Quantity = { kind: "value", index: dead.from };
  return {
    lead: TRY,
    text: (
      <>
        look at <Of pass={pass} quantity={{ kind: "value", index: dead.to }} /> for each of the samples: its
        slope is 0 in all of them. What comes back through it?
      </>
    ),
    action: toQuantity(shown, source, `Go to ${plainName(pass, source)}`),
  };
}

function atLoss(shown: Shown): Hint {
  const { pass, at } = shown;
  const next = shown.steps[at + 1];
  // The loss itself may have single operations.
  if (next?.phase === "loss" || next?.kind === "part")
    return {
      lead: TRY,
      text: "the loss, too, is made of single operations. The way back begins at the last of them, with 1.",
      action: to(
        shown,
        "Begin the way back",
        shown.steps.findIndex(({ phase }) => phase === "backward"),
      ),
    };
  const node = next && nodesOf(pass, shown.level, next)[0];
  const quantity: Quantity = { kind: "value", index: node ?? pass.end };
  return {
    lead: (
      <>
        How would <Loss pass={pass} /> change if <Of pass={pass} quantity={quantity} /> grew a little?
      </>
    ),
    text: "That is a derivative: the first step back.",
    action: to(shown, "Step back", at + 1),
  };
}

/** On the way back, at a node. */
function back(shown: Shown): Hint {
  const { pass, at, sample, step, steps, level } = shown;
  const node = step.kind === "part" ? pass.parts[step.index]?.node : nodesOf(pass, level, step)[0];
  const target = goal(pass);
  const on = toQuantity(shown, target, `Go to ${plainName(pass, target)}`);
  if (node === undefined) return { lead: TRY, text: "step on.", action: on };
  const quantity: Quantity = { kind: "value", index: node };
  const ways = pass.outOf(node).length;
  if (ways > 1)
    return {
      lead: "Paths meet:",
      text: (
        <>
          <Of pass={pass} quantity={quantity} /> acts on the loss in {ways} ways. Each brings back what
          reaches it times its own local derivative, and the {ways} are added.
        </>
      ),
      action: (isDeep(pass) ? null : toPreset(shown, "See gradients vanish", VANISHING)) ?? on,
    };
  const stopped = stopOfSignal(pass, sample, node);
  if (stopped !== null) return { ...stopped, action: on };
  const gradient = pass.gradient(sample, node);
  if (steps[at - 1]?.phase === "loss") {
    const change = SMALL * gradient;
    return {
      lead: "What that number says:",
      text: (
        <>
          if <Of pass={pass} quantity={quantity} /> grew by {SMALL}, <Loss pass={pass} /> would{" "}
          {change < 0 ? "fall" : "rise"} by about {significant(Math.abs(change), 2)}. That can be checked for
          every parameter: go on, one local derivative at a time.
        </>
      ),
      action: to(shown, "Step back", at + 1),
    };
  }
  const { factors } = chainOf(pass, "value", node);
  const next = level === "node" ? nextOnTheWay(pass, target, node) : target;
  return {
    lead: TRY,
    text: (
      <>
        go on to <Of pass={pass} quantity={target} />. Each step back multiplies by one local derivative
        {level === "node" && factors.length
          ? `, written under its edge: ${counted(factors.length, "factor")} so far`
          : ""}
        .
      </>
    ),
    action: toQuantity(shown, next, `Go to ${plainName(pass, next)}`) ?? on,
  };
}

/** One local derivative further towards a parameter; the parameter itself where a node is not on its way. */
function nextOnTheWay(pass: Pass, target: Quantity, node: number): Quantity {
  // From the parameter on: each factor leads to the node that is one further from it.
  const { factors } = chainOf(pass, target.kind, target.index);
  const place = factors.findIndex((factor) => factor.to === node);
  const before = factors[place - 1];
  return before ? { kind: "value", index: before.to } : target;
}

/** Nothing comes through: the slope of the activation is 0 here. */
function stopOfSignal(pass: Pass, sample: number, node: number): Omit<Hint, "action"> | null {
  const [edge] = pass.outOf(node);
  if (!edge || pass.local(sample, edge.id) !== 0 || pass.groups[pass.groupOf(edge.to)]?.kind !== "activation")
    return null;
  return {
    lead: "Nothing comes through:",
    text: (
      <>
        at <Of pass={pass} quantity={{ kind: "value", index: node }} /> ={" "}
        {valueText(pass, node, pass.value(sample, node))} the slope of{" "}
        {pass.groups[pass.groupOf(edge.to)]?.label} is 0. No weight before it learns from this sample.
      </>
    ),
  };
}

function atParameter(shown: Shown): Hint {
  const { pass, level, step } = shown;
  const target = goal(pass);
  const [first] = parametersOf(pass, level, step);
  const isGoal = parametersOf(pass, level, step).includes(target.index);
  const quantity: Quantity = isGoal ? target : { kind: "parameter", index: first ?? 0 };
  const deep = vanishing(shown, quantity);
  if (deep) return deep;
  const zero = zeroFactor(shown, quantity);
  if (zero) return zero;
  if (isGoal) return checkHint(shown, target);
  const sister = sisterOf(pass, target);
  if (sister && quantity.index === sister.index) return compared(shown, target, sister);
  const seen = stopOf(pass, level, "backward", target) < shown.at;
  if (seen)
    return {
      lead: TRY,
      text: "all gradients that come next are made of the same few numbers. When they are there, make the step.",
      action: toPhase(shown, "Make the update", "all"),
    };
  return {
    lead: TRY,
    text: (
      <>
        go on to <Of pass={pass} quantity={target} />, at the far end: its gradient has the most factors.
      </>
    ),
    action: toQuantity(shown, target, `Go to ${plainName(pass, target)}`),
  };
}

/** The factor that makes a gradient nothing. */
function zeroFactor(shown: Shown, quantity: Quantity): Hint | null {
  const { pass, sample } = shown;
  if (pass.weightGradient(quantity.index) !== 0) return null;
  const zero = chainOf(pass, "parameter", quantity.index).factors.find(
    (factor) => localOf(pass, sample, factor) === 0,
  );
  if (!zero) return null;
  return {
    lead: (
      <>
        The gradient of <Of pass={pass} quantity={quantity} /> is 0.
      </>
    ),
    text: <WhyZero pass={pass} factor={zero} />,
    action: toPreset(shown, "See paths meet", MEETING),
  };
}

const WhyZero = ({ pass, factor: { edge, use, to: node } }: { pass: Pass; factor: Factor }) =>
  use && use.from >= 0 ? (
    <>
      One of its factors is what the weight multiplies,{" "}
      <Of pass={pass} quantity={{ kind: "value", index: use.from }} /> = 0: whatever the weight is, the loss
      of this sample stays the same.
    </>
  ) : (
    <>
      One of its factors is 0, the derivative of <Of pass={pass} quantity={{ kind: "value", index: node }} />{" "}
      with respect to <Of pass={pass} quantity={{ kind: "value", index: edge?.from ?? node }} />: nothing
      comes through.
    </>
  );

function update(shown: Shown): Hint {
  const what = shown.pass.batch > 1 ? "samples" : "sample";
  return {
    lead: TRY,
    text: `run the ${what} again with the new parameters. Each has taken a step against its gradient: does the loss fall?`,
    action: toPhase(shown, "Run it again", "again"),
  };
}

/** From where to where, or by how much where both are written alike. */
function movement(loss: number, after: number): string {
  if (after === loss) return `stays at ${three(loss)}`;
  const verb = after < loss ? "falls" : "rises";
  const [from, to] = [three(loss), three(after)];
  return from === to ? `${verb} by ${three(Math.abs(after - loss))}` : `${verb} from ${from} to ${to}`;
}

function again(shown: Shown): Hint {
  const { pass, there, store, settings } = shown;
  const deep = vanishing(shown, goal(pass));
  if (deep) return deep;
  const { loss, loss_after: after } = pass;
  if (loss === null || after === null) return { lead: "", text: "", action: null };
  const lead = `The loss ${movement(loss, after)}.`;
  if (after > loss) {
    const rate = Number((settings.learning_rate / 10).toPrecision(3));
    return {
      lead,
      text: "The gradient says which way is down, not how far: the step was too long.",
      action:
        there && pass.owner !== "trainer"
          ? { label: `Set η to ${significant(rate, 3)}`, press: () => store.set({ learning_rate: rate }) }
          : null,
    };
  }
  if (meetingOf(shown))
    return {
      lead,
      text: "With more layers each gradient is a sum over more paths, and a product of more factors.",
      action: toPreset(shown, "See gradients vanish", VANISHING),
    };
  const target = goal(pass);
  const input = pass.usesOf(target.index)[0]?.from ?? -1;
  const start = pass.groups[0]?.start ?? 0;
  const isInput = pass.groups[pass.groupOf(input)]?.kind === "input";
  if (!isInput || !there || pass.owner === "trainer" || shown.value(input) === 0)
    return { lead, text: "The next pass begins with these parameters.", action: null };
  return {
    lead,
    text: (
      <>
        Now change <Of pass={pass} quantity={{ kind: "value", index: input }} /> to 0: what is the gradient of{" "}
        <Of pass={pass} quantity={target} /> then, and why?
      </>
    ),
    action: {
      label: `Set ${plainName(pass, { kind: "value", index: input })} to 0`,
      press: () => {
        shown.setInput(input - start, 0);
        shown.choose(target);
      },
    },
  };
}

/** Many layers, of which the first gets next to nothing. */
function vanishing(shown: Shown, quantity: Quantity): Hint | null {
  const { magnitudes, beside } = shown.pass;
  if (!isDeep(shown.pass)) return null;
  const text = shown.pass.tensors[shown.pass.tensorOf(quantity.index)]?.symbol.text;
  const [first, last] = [magnitudes[0], magnitudes.at(-1)];
  if (!first?.weights || !last?.weights || (first.symbol.text !== text && shown.step.phase === "backward"))
    return null;
  const share = first.weights / last.weights;
  if (share > SMALL) return null;
  const [other, end] = [beside?.magnitudes[0]?.weights, beside?.magnitudes.at(-1)?.weights];
  return {
    lead: `The gradient vanishes: in the first layer it is ${three(share)} of that in the last.`,
    text:
      beside && other && end
        ? `With ${beside.label} it is ${three(other / end)}.`
        : "Compare it with another activation.",
    action:
      beside || !shown.there || shown.pass.owner !== "settings"
        ? toPreset(shown, "Back to the first network", FIRST)
        : { label: "Put ReLU beside it", press: () => shown.store.set({ beside: "relu" }) },
  };
}
