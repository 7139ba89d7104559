// Several sentences come one at a time: which one it is, and the way to the next.
import { Button } from "./button";
import { useHandover } from "./handover";
import { Icon } from "./icon";

interface MoreProps {
  /** From 0. */
  at: number;
  of: number;
  press(): void;
}

export const MoreFindings = ({ at, of, press }: MoreProps) => (
  <Button
    ref={useHandover<HTMLButtonElement>()}
    class="nnw-btn nnw-diag-next"
    aria-label={`Finding ${at + 1} of ${of}, show the next`}
    onClick={press}
  >
    {at + 1} of {of}
    <Icon name="right" />
  </Button>
);
