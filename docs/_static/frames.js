// Frames with live widgets: as high as what is in them, and light or dark as the page is. And what is too wide for the
// page can be scrolled with the keys.
(() => {
  const frames = () => [...document.querySelectorAll(".live-widget > iframe")];
  const THEMES = { light: "light", dark: "dark" };
  const theme = () => THEMES[document.body.dataset.theme] ?? "as the system";
  const tell = (frame) => frame.contentWindow?.postMessage({ type: "nnwidgets-theme", theme: theme() }, "*");

  addEventListener("message", ({ source, data }) => {
    if (data?.type !== "nnwidgets-height" || !Number.isFinite(data.height)) return;
    const frame = frames().find((each) => each.contentWindow === source);
    if (!frame) return;
    frame.style.height = `${Math.min(Math.max(data.height, 80), 8000)}px`;
    frame.dataset.height = data.height;
  });
  const reach = (element) => {
    if (element.scrollWidth > element.clientWidth) element.tabIndex = 0;
    else element.removeAttribute("tabindex");
  };
  addEventListener("DOMContentLoaded", () => {
    const resized = new ResizeObserver((entries) => entries.forEach(({ target }) => reach(target)));
    for (const each of document.querySelectorAll("article :is(pre, .table-wrapper, .diagram)")) resized.observe(each);
    for (const frame of frames()) {
      frame.addEventListener("load", () => tell(frame));
      tell(frame); // it may be there already
    }
    new MutationObserver(() => frames().forEach(tell)).observe(document.body, { attributeFilter: ["data-theme"] });
  });
})();
