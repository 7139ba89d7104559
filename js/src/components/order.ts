// The order of zones, for keys and screen readers: as they stand.
import { useView } from "./context";

/** Zones in their order on screen: where they stand one below the other, that in which `narrow` names them. */
export function useOrder<Zone extends readonly [name: string, ...unknown[]]>(
  zones: readonly Zone[],
  narrow: string,
): readonly Zone[] {
  const place = ([name]: Zone) => narrow.indexOf(name);
  return useView().geometry.value.narrow ? zones.toSorted((one, other) => place(one) - place(other)) : zones;
}
