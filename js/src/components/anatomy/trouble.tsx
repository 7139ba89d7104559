// What went wrong, said where the reader looks, and what is not shown.
import { Button } from "../button";
import { Icon } from "../icon";
import type { Anatomy } from "./state";
import { counted } from "./texts";
import type { Tree } from "./tree";

/** Why the forward pass ended early, or why the model could not be read; what is shown is what ran until then. */
export function Trouble({ anatomy }: { anatomy: Anatomy }) {
  const { trouble, tree, settings } = anatomy;
  const isMissing = Boolean(tree && settings.selected && !tree.byKey.has(settings.selected));
  const failed =
    tree && tree.failed !== null ? (tree.nodes[tree.byKey.get(tree.failed) ?? -1] ?? null) : null;
  return (
    <div role="alert">
      {trouble ? (
        <div class="nnw-diag nnw-diag--error nnw-an-trouble">
          <Icon name="warn" />
          <div class="nnw-diag-text">
            <p>
              <b>{isMissing ? "Not opened:" : headOf(tree)}</b> {trouble}
            </p>
            {tree?.failed == null ? null : <p class="nnw-2nd">What is shown is what ran until then.</p>}
          </div>
          {failed ? (
            <Button
              kind="text"
              onClick={() => {
                anatomy.reveal(failed);
                anatomy.select(failed);
              }}
            >
              Show where
            </Button>
          ) : null}
        </div>
      ) : null}
    </div>
  );
}

const headOf = (tree: Tree | null) =>
  tree ? (tree.failed === null ? "Not read again:" : "The forward pass failed:") : "Not shown:";

/** Sentences about what is not shown; more than one are folded. */
export function Notes({ tree }: { tree: Tree }) {
  const [first, ...more] = tree.notes;
  if (!first) return null;
  return (
    <div class="nnw-an-notes nnw-2nd nnw-s">
      <Icon name="info" />
      {more.length ? (
        <details>
          <summary>
            {first} <span class="nnw-an-more">{counted(more.length, "more note")}</span>
          </summary>
          {more.map((note) => (
            <p key={note}>{note}</p>
          ))}
        </details>
      ) : (
        <p>{first}</p>
      )}
    </div>
  );
}
