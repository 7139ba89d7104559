// Printed, the page is as wide as on screen, and made smaller as a whole: drawings have the size of their places, and
// nobody draws them anew for paper.
export function keepWidth(): void {
  const style = document.createElement("style");
  const set = () => {
    const width = document.documentElement.clientWidth;
    style.textContent = `@page { size: ${width}px ${Math.round(width * Math.SQRT2)}px; margin: 0; }`;
  };
  document.head.append(style);
  set();
  addEventListener("resize", set);
  addEventListener("beforeprint", set);
}
