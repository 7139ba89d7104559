// `jslink` and `jsdlink`: traits of two widgets that are kept alike.
import type { PageLink } from "../generated/protocol";
import type { PageModel } from "./model";

export function link(models: ReadonlyMap<string, PageModel>, { source, target, both }: PageLink): void {
  const [from, to] = [models.get(source[0]), models.get(target[0])];
  if (!from || !to) return;
  let updating = false;
  const follow = (one: PageModel, name: string, other: PageModel, others: string) => () => {
    if (updating) return;
    updating = true;
    try {
      other.set(others, one.get(name));
      other.save_changes();
    } finally {
      updating = false;
    }
  };
  const forth = follow(from, source[1], to, target[1]);
  from.on(`change:${source[1]}`, forth);
  if (both) to.on(`change:${target[1]}`, follow(to, target[1], from, source[1]));
  forth();
}
