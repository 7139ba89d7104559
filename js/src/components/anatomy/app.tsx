// NetworkAnatomy: a model's layers in order of execution, and the inside of the one that is open.
import { Sheet } from "../explorer/sheet";
import { useAnatomy } from "./state";

export function AnatomyApp() {
  const anatomy = useAnatomy();
  return <Sheet title="Anatomy">{anatomy.tree?.name}</Sheet>;
}
