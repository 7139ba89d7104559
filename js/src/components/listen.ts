/** Listens until what is returned is called. */
export function listen<E extends Event>(
  target: EventTarget,
  name: string,
  hear: (event: E) => void,
  capture = false,
): () => void {
  const take = hear as (event: Event) => void;
  target.addEventListener(name, take, capture);
  return () => target.removeEventListener(name, take, capture);
}
