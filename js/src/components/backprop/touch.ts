// What can be pointed at and pressed in the drawings.
import { isSame, nodeOf } from "./parts";
import { type Quantity, type Shown, stopOf } from "./state";

/** What all that stands for a quantity does: it lights up in the other parts of the view. */
export const touching = ({ hover }: Shown, quantity: Quantity) => {
  const take = () => {
    hover.value = quantity;
  };
  const leave = () => {
    if (isSame(hover.peek(), quantity)) hover.value = null;
  };
  return { onPointerEnter: take, onPointerLeave: leave, onFocus: take, onBlur: leave };
};

/** To where a node is computed: on the way there while values are computed, else on the way back. */
export function visit(shown: Shown, node: number): void {
  const { step, pass, level } = shown;
  const ahead = step.phase === "forward" || step.phase === "loss";
  const stop = stopOf(pass, level, "forward", nodeOf(node));
  if ((ahead || node === pass.end) && stop >= 0) shown.go(stop);
  else shown.choose(nodeOf(node));
}

/** Enter and Space do what a press does. */
export const pressed = (act: () => void) => (event: KeyboardEvent) => {
  if (event.key !== "Enter" && event.key !== " ") return;
  event.preventDefault();
  act();
};
