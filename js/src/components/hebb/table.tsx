// What becomes of each pattern if it is damaged in the same cells.
import type { HebbSettings } from "../../generated/protocol";
import type { Row } from "./state";

interface TableProps {
  rows: readonly Row[];
  settings: HebbSettings;
  count: number;
  choose(pattern: number): void;
}

export function Table({ rows, settings, count, choose }: TableProps) {
  return (
    <table class="nnw-rows" aria-label="Patterns recalled">
      <thead>
        <tr>
          <th>Pattern</th>
          <th>shown</th>
          <th>cells right</th>
          <th>
            <span class="nnw-unseen">recalled</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, shown, right }, index) => (
          <tr key={index} data-now={index === settings.pattern || undefined}>
            <td>
              <button
                type="button"
                class="nnw-row-button"
                aria-label={`Recall ${name}`}
                aria-pressed={index === settings.pattern}
                onClick={() => choose(index)}
              >
                {name}
              </button>
            </td>
            <td>
              <span data-n={`shown.${index}`}>{shown}</span>
            </td>
            <td>
              {right === null ? (
                "–"
              ) : (
                <>
                  <span data-n={`recalled.${index}`}>{right}</span> of {count}
                </>
              )}
            </td>
            <td>{right === null ? "" : right === count ? "✓" : <b>×</b>}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
