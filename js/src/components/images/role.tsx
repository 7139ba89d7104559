// An element that is what its role says. The grids and lists of this folder are drawn, and their cells lie over the
// drawing: none of HTML's own elements is laid out like that. The whole has the focus and says which part is looked at.
import type { HTMLAttributes } from "preact";

export const Role = (props: HTMLAttributes<HTMLDivElement>) => <div {...props} />;
