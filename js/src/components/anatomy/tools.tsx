// The tools above the ledger: search, what is unfolded, and what the bars show.
import type { Signal } from "@preact/signals";
import { Button } from "../button";
import { Segmented } from "../fields";
import { MEASURES, type Measure } from "./columns";
import { Search } from "./search-field";
import type { Anatomy } from "./state";
import type { Visible } from "./tree";

interface ToolsProps {
  anatomy: Anatomy;
  measure: Signal<Measure>;
}

export function Tools({ anatomy, measure }: ToolsProps) {
  const { visible } = anatomy;
  const deeper = levelOf(visible);
  return (
    <div class="nnw-an-tools" role="toolbar" aria-label="Tools">
      <Search anatomy={anatomy} />
      <Button kind="line" disabled={!isUnfolded(anatomy)} onClick={() => foldAll(anatomy)}>
        Fold all
      </Button>
      <Button kind="line" disabled={!deeper.length} onClick={() => unfoldLevel(anatomy)}>
        Unfold one level
      </Button>
      <span class="nnw-an-measure">
        <Segmented
          label="Bars"
          choices={MEASURES}
          chosen={[measure.value]}
          onChoose={(name) => {
            measure.value = name as Measure;
          }}
        />
      </span>
    </div>
  );
}

const isUnfolded = ({ visible }: Anatomy) => Boolean(visible?.rows.some(({ folded }) => folded === false));

export const foldAll = (anatomy: Anatomy) => anatomy.setUnfolded([]);

const levelOf = (visible: Visible | null) => visible?.rows.filter(({ folded }) => folded) ?? [];

/** Unfolds all that is folded and seen. */
export function unfoldLevel({ visible, unfolded, setUnfolded }: Anatomy): void {
  setUnfolded([...unfolded, ...levelOf(visible).map(({ node }) => node.key)]);
}
