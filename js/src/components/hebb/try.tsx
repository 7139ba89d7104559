// What was measured of this memory, and what to do next.
import { CAPACITY, LETTERS } from "../../concepts/hebb";
import { fixed } from "../../draw/format";
import { TryThis } from "../explorer/sheet";
import type { HebbState } from "./hook";

const THREE = [0, 1, 2, 0, 1, 2];

export function Try({ of }: { of: HebbState }) {
  const { store, settings, patterns, rows, recalled, learned } = of;
  const { count, cells } = patterns;
  const stored = rows.filter(({ shown }) => shown);
  const right = stored.filter((each) => each.right === count);
  if (!learned.given) {
    return (
      <TryThis
        lead="No pattern was presented:"
        action={{
          label: "Present it",
          press: () => store.set({ presented: [settings.pattern], moment: null }),
        }}
      >
        all weights are 0, and every cell stays as it is.
      </TryThis>
    );
  }
  if (recalled.done.settled === null) {
    return (
      <TryThis
        lead="Two states follow each other for ever:"
        action={{ label: "One by one", press: () => store.set({ update: "asynchronous", steps: null }) }}
      >
        one cell at a time, the energy can only fall.
      </TryThis>
    );
  }
  if (count === 2) return <OfTwo of={of} />;
  if (!settings.silent) {
    const firing = recalled.done.states.at(-1)?.filter(Boolean).length ?? 0;
    return (
      <TryThis
        lead={
          <>
            <span data-n="firing">{firing}</span> of {count} cells fire in the end.
          </>
        }
        action={{ label: "Count −1", press: () => store.set({ silent: -1 }) }}
      >
        Where silent cells count as 0 no weight is negative, and nothing silences a cell.
      </TryThis>
    );
  }
  const lead = (
    <>
      <span data-n="remembered">{right.length}</span> of <span data-n="stored">{stored.length}</span>{" "}
      {stored.length === 1 ? "pattern comes" : "patterns come"} back.
    </>
  );
  const capacity = (
    <>
      {CAPACITY} × {count} = <span data-n="capacity">{fixed(CAPACITY * count, 1)}</span>
    </>
  );
  if (right.length < stored.length && settings.decay > 0) {
    return (
      <TryThis lead={lead} action={{ label: "No decay", press: () => store.set({ decay: 0 }) }}>
        With each presentation λ = {fixed(settings.decay, 2)} of every weight is lost: what was shown long ago
        fades.
      </TryThis>
    );
  }
  if (right.length < stored.length && stored.length > CAPACITY * count) {
    return (
      <TryThis
        lead={lead}
        action={
          cells.length > 2
            ? { label: "Present three only", press: () => store.set({ presented: THREE, moment: null }) }
            : null
        }
      >
        Random patterns disturb each other above about {capacity} in {count} cells.
      </TryThis>
    );
  }
  if (right.length < stored.length) {
    return (
      <TryThis
        lead={lead}
        action={{ label: "Less damage", press: () => store.set({ damage: settings.damage.slice(0, -1) }) }}
      >
        With {settings.damage.length} of {count} cells damaged, the cells settle in another state.
      </TryThis>
    );
  }
  const all = cells.map((_, index) => index);
  return (
    <TryThis
      lead={lead}
      action={
        stored.length < all.length
          ? { label: `Present all ${all.length}`, press: () => store.set({ presented: all, moment: null }) }
          : null
      }
    >
      Try this: present {Object.keys(LETTERS).length === all.length ? "all eight" : "all"}. There is room for
      about {capacity} random patterns.
    </TryThis>
  );
}

/** The smallest case: one connection. */
function OfTwo({ of: { store, settings, learned } }: { of: HebbState }) {
  const weight = learned.weight(...settings.pair);
  const lead = (
    <>
      <span data-n="weight">{fixed(weight, 3)}</span> after <span data-n="given">{learned.given}</span>{" "}
      {learned.given === 1 ? "presentation" : "presentations"}.
    </>
  );
  if (settings.silent) {
    return (
      <TryThis lead={lead} action={{ label: "Count 0", press: () => store.set({ silent: 0 }) }}>
        Alike, it grows; unlike, it shrinks. Counted as 0, only firing together makes it grow.
      </TryThis>
    );
  }
  return (
    <TryThis lead={lead} action={{ label: "Count −1", press: () => store.set({ silent: -1 }) }}>
      Both fire: it grows. Else it fades by λ. Counted as −1, a cell that fires alone weakens it.
    </TryThis>
  );
}
