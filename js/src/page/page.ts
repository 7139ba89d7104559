// What a page that stands on its own runs after the modules of its widgets: it knows nothing of them but that they
// are anywidget's.
import type { PageData } from "../generated/protocol";
import { embed } from "./embedded";
import { keepWidth } from "./print";
import { createShow, type Modules } from "./show";
import { createTheme } from "./theme";

/** By the kind of element, too: what is in the body may have any name. */
const read = (selector: string) => document.querySelector(selector) as HTMLElement;

embed(createTheme(read("body > header")));
keepWidth();
const data = JSON.parse(read("body > script#nnw-page-data").textContent ?? "") as PageData;
const registered = globalThis as { [name: symbol]: Modules | undefined };
const show = createShow(data, registered[Symbol.for("nnwidgets")] ?? {});
for (const place of document.querySelectorAll<HTMLElement>(".nnw-page-widget"))
  await show(place.dataset.model ?? "", place);
document.documentElement.dataset.nnwPage = "shown";
