// What headers are made of: a figure that says how far, a table of how good, and the state in a pill.
import type { ReadonlySignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { Button } from "./button";
import { giveFocus } from "./focus";
import { Icon, type IconName } from "./icon";

type Text = ReadonlySignal<string> | string;

interface FigureProps {
  /** What is counted. */
  word?: string;
  value: Text | number;
  under: Text;
}

export const Figure = ({ word = "epoch", value, under }: FigureProps) => (
  <div class="nnw-epoch">
    <div class="nnw-epoch-line">
      <span class="nnw-2nd">{word}</span>
      <b>{value}</b>
    </div>
    <div class="nnw-epoch-sub">{under}</div>
  </div>
);

interface TableProps {
  columns: readonly { readonly name: ComponentChildren; readonly class?: string }[];
  rows: readonly {
    readonly name: ComponentChildren;
    readonly cells: readonly ComponentChildren[];
    readonly class?: string;
  }[];
}

/** The place of what is absent is kept: what is beside it must not move. */
export const FigureTable = ({ columns, rows }: TableProps) => (
  <table class="nnw-metrics">
    <thead>
      <tr>
        <td />
        {columns.map(({ name, class: look }, at) => (
          <th key={at} scope="col" class={look}>
            {name}
          </th>
        ))}
      </tr>
    </thead>
    <tbody>
      {rows.map(({ name, cells, class: look }, row) => (
        <tr key={row} class={look}>
          <th scope="row">{name}</th>
          {cells.map((cell, at) => (
            <td key={at} class={columns[at]?.class}>
              {cell}
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  </table>
);

const ICONS: Record<string, IconName> = {
  idle: "idle",
  running: "running",
  paused: "pause",
  diverged: "diverged",
  error: "error",
  closed: "close",
  preview: "past",
  disconnected: "disconnected",
  recorded: "recorded",
};

interface PillProps {
  /** Decides its looks, and is what is written unless there is another word. */
  status: string;
  word?: string | undefined;
  title?: string | undefined;
  /** What says more, as a selector: a press brings it on screen. */
  leads?: string;
}

export const StatusPill = ({ status, word = status, title, leads }: PillProps) => (
  <span class={`nnw-status nnw-status--${status}`} title={title}>
    <Icon name={ICONS[status] ?? "info"} />
    <span role="status">{word}</span>
    {leads ? (
      <Button
        class="nnw-leads"
        icon="down"
        label="Go to what is said"
        title={title}
        onClick={({ currentTarget }) => {
          const place = currentTarget.closest(".nnw")?.querySelector<HTMLElement>(leads);
          if (!place) return;
          place.scrollIntoView({ block: "center" });
          place.tabIndex = -1;
          giveFocus(place);
        }}
      />
    ) : null}
  </span>
);
