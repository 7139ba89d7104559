/** Gives an element the keyboard; what is on screen stays where it is. */
export const giveFocus = (element: HTMLElement | SVGElement | null | undefined) =>
  element?.focus({ preventScroll: true });
