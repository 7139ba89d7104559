// Light or dark: as the system, or as the reader says. Widgets find it at the root of the page.
const CHOICES = ["as the system", "light", "dark"] as const;

export type Choice = (typeof CHOICES)[number];

/** Returns what makes another choice than the reader's; whatever is none is left alone. */
export function createTheme(place: HTMLElement): (choice: unknown) => void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "nnw-page-theme";
  let at = 0;
  const show = () => {
    const choice = CHOICES[at] ?? CHOICES[0];
    const isDark = choice === "dark" || (choice === "as the system" && system.matches);
    document.documentElement.dataset.theme = isDark ? "dark" : "light";
    button.textContent = `Theme: ${choice}`;
  };
  system.addEventListener("change", show);
  button.addEventListener("click", () => {
    at = (at + 1) % CHOICES.length;
    show();
  });
  show();
  place.append(button);
  return (choice) => {
    const found = CHOICES.indexOf(choice as Choice);
    if (found < 0) return;
    at = found;
    show();
  };
}
