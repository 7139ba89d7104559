// Whether a model was made of what a notebook has saved, and of nothing else: where the kernel does not know it, the
// host gives it no way to get there, neither then nor later. What such a model sends is lost in silence.
import type { AnyModel } from "@anywidget/types";

/** The layout tells: it is the host's own model, made together with ours and in the same way. Others may have none. */
export const isSaved = (model: AnyModel): boolean => model.get("layout")?.comm_live === false;
