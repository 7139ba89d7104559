// A page in a frame of another page, which asks for it with `#embedded`: it has no head and no foot, tells how high it
// is, so that its frame needs no scroll bar, and is as light or dark as it is told.
import type { Choice } from "./theme";

/** What is told to the page around, whichever that is. */
export interface HeightMessage {
  readonly type: "nnwidgets-height";
  readonly height: number;
}

/** What the page around may tell. */
export interface ThemeMessage {
  readonly type: "nnwidgets-theme";
  readonly theme: Choice;
}

export function embed(choose: (theme: unknown) => void): void {
  const around = window.parent;
  if (around === window || location.hash !== "#embedded") return;
  document.documentElement.dataset.nnwEmbedded = "";
  let told = 0;
  const tell = () => {
    const height = Math.ceil(document.body.getBoundingClientRect().height);
    if (height === told) return;
    told = height;
    around.postMessage({ type: "nnwidgets-height", height } satisfies HeightMessage, "*");
  };
  addEventListener("message", ({ source, data }: MessageEvent<Partial<ThemeMessage> | null>) => {
    if (source !== around || data?.type !== "nnwidgets-theme") return;
    choose(data.theme);
    told = 0; // it may not have listened before
    tell();
  });
  new ResizeObserver(tell).observe(document.body);
}
