// What can be pointed at and pressed in the drawings.
import { isSame, nodeOf } from "./parts";
import { type Quantity, type Shown, stopOf } from "./state";

function ways({ hover }: Shown, quantity: Quantity) {
  const take = () => {
    hover.value = quantity;
  };
  const leave = () => {
    if (isSame(hover.peek(), quantity)) hover.value = null;
  };
  return { take, leave };
}

/** What all that stands for a quantity does: it lights up in the other parts of the view. */
export function touching(shown: Shown, quantity: Quantity) {
  const { take, leave } = ways(shown, quantity);
  return { onPointerEnter: take, onPointerLeave: leave, onFocus: take, onBlur: leave };
}

/** The same of what the keyboard does not stop at: Chromium stops at all of a drawing that listens for the focus. */
export function pointing(shown: Shown, quantity: Quantity) {
  const { take, leave } = ways(shown, quantity);
  return { onPointerEnter: take, onPointerLeave: leave };
}

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
