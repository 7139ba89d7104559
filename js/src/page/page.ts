// What a page that stands on its own runs after the modules of its widgets: it knows nothing of them but that they
// are anywidget's.
import type { PageData } from "../generated/protocol";
import { createShow, type Modules } from "./show";
import { createTheme } from "./theme";

const read = (id: string) => document.getElementById(id) as HTMLElement;

createTheme(read("nnw-page-head"));
const data = JSON.parse(read("nnw-page-data").textContent ?? "") as PageData;
const show = createShow(data, (globalThis as { nnwidgets?: Modules }).nnwidgets ?? {});
for (const place of document.querySelectorAll<HTMLElement>(".nnw-page-widget"))
  await show(place.dataset.model ?? "", place);
document.documentElement.dataset.nnwPage = "shown";
