// Names for elements that others refer to. Those of Preact's own `useId` are the same in every widget of a page.
import { useMemo } from "preact/hooks";

export const useId = () => useMemo(() => `nnw-${Math.random().toString(36).slice(2)}`, []);
