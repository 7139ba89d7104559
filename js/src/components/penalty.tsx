// Regularization: which penalty on the weights, and how much of it.
import { useSignal } from "@preact/signals";
import { useView } from "./context";
import { NumberField, numberText, Segmented } from "./fields";

const CHOICES = [
  { name: "none", label: "none" },
  { name: "l1", label: "L1" },
  { name: "l2", label: "L2" },
];
type Penalty = "l1" | "l2";
/** What a penalty that is switched on begins with: it halves the weights of the default network, which still learns. */
const USUAL = 0.001;

export function PenaltyRow({ disabled }: { disabled: boolean }) {
  const { l1, l2 } = useView().store.controls;
  const amounts = { l1: l1.value.value, l2: l2.value.value };
  // A penalty of 0 stays the chosen one while its number is being typed.
  const typed = useSignal<Penalty | null>(null);
  const last = useSignal(USUAL);
  const held = (["l1", "l2"] as const).filter((name) => amounts[name] > 0);
  const kind = held[0] ?? typed.value;

  function choose(name: string): void {
    const amount = (kind && amounts[kind]) || last.peek();
    if (name !== "none") last.value = amount;
    typed.value = name === "none" ? null : (name as Penalty);
    l1.set(name === "l1" ? amount : 0);
    l2.set(name === "l2" ? amount : 0);
  }

  return (
    <>
      <span class="nnw-label">Regularization</span>
      <span class="nnw-inline nnw-ends">
        <Segmented
          label="Regularization"
          choices={CHOICES}
          chosen={held.length ? held : [typed.value ?? "none"]}
          onChoose={choose}
          disabled={disabled}
        />
        {held.length > 1 ? (
          <span class="nnw-s nnw-nowrap">{held.map((name) => numberText(amounts[name])).join(", ")}</span>
        ) : (
          <NumberField
            label="Regularization rate"
            control={kind === "l2" ? l2 : l1}
            disabled={disabled || !kind}
          />
        )}
      </span>
    </>
  );
}
