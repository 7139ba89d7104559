// How the network of an image trainer learns: what is changed most often, and behind "More" all the rest.
import { useComputed, useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { partOf } from "../../model/controls";
import { Button } from "../button";
import { DropoutRow } from "../dropout";
import { NumberField, numberText, Segmented, Select, Slider } from "../fields";
import { Fold } from "../fold";
import { LossRow, OptimizerRow, optimizerName, RateRow, SeedRow } from "../hyperparameters";
import { useId } from "../ids";
import { InitialisationRow } from "../initialisation";
import { OptionsRow } from "../options";
import { TitleRow } from "../panel";
import { PenaltyRow } from "../penalty";
import { batchScale } from "../scales";
import { ScheduleRow } from "../schedule";
import { Only } from "../shown";
import { StopRow } from "../stopping";
import { EpochsRow } from "./epochs";
import { LayersField } from "./layers-field";
import { useImages } from "./view";

/** The controls that the panel is there for; without any of them it would be empty. */
export const HYPERPARAMETERS = [
  ...[
    "optimizer",
    "optimizer_options",
    "learning_rate",
    "batch_size",
    "device",
    "epochs",
    "shuffle",
    "loss_fn",
  ],
  ...["schedule", "l1", "l2", "hidden_layers", "activation", "dropout", "initialiser", "initial_scale"],
  ...["stop_when", "seed"],
];
/** Of them those that can be seen at once. */
const FIRST = new Set(["optimizer", "learning_rate", "batch_size"]);

/** A unit of the Mac's graphics processor is one of these, too. */
const PROCESSORS = [
  { name: "cpu", label: "CPU" },
  { name: "gpu", label: "GPU" },
];
const processor = (device: string) => (device.startsWith("cpu") ? "cpu" : "gpu");

interface RowProps {
  id: string;
  disabled: boolean;
}

export function ImageHyperparameters() {
  const { store } = useImages();
  const { traits } = store;
  const id = useId();
  const isOpen = useSignal(false);
  const row = { id, disabled: !store.enabled.value };
  const hasMore = HYPERPARAMETERS.some(
    (name) => !FIRST.has(name) && (traits.controls.value?.includes(name) ?? true),
  );
  const summary = useComputed(() =>
    [
      optimizerName(traits),
      `learning rate ${numberText(traits.learning_rate.value)}`,
      `batch size ${traits.batch_size.value}`,
      processor(traits.device_name.value).toUpperCase(),
    ].join(", "),
  );
  return (
    <Fold class="nnw-fold--hyper" title="Hyperparameters" summary={summary}>
      <section class="nnw-hyper" aria-label="Hyperparameters">
        <TitleRow title="Hyperparameters" />
        <div class="nnw-form">
          <OptimizerRow {...row} />
          <RateRow {...row} />
          <BatchRow {...row} />
          <span class="nnw-label">Device</span>
          <Segmented
            label="Device"
            choices={PROCESSORS}
            chosen={[processor(traits.device_name.value)]}
            onChoose={() => {}}
            disabled
          />
        </div>
        {hasMore ? (
          <Button
            icon="right"
            class="nnw-btn nnw-unfold nnw-more-rows"
            aria-expanded={isOpen.value}
            aria-controls={`${id}-more`}
            onClick={() => {
              isOpen.value = !isOpen.peek();
            }}
          >
            More
          </Button>
        ) : null}
        <div class="nnw-form" id={`${id}-more`} hidden={!isOpen.value}>
          {isOpen.value ? <More {...row} /> : null}
        </div>
      </section>
    </Fold>
  );
}

function BatchRow({ id, disabled }: RowProps) {
  const { traits, controls } = useImages().store;
  const [least, most] = traits._choices.value.limits.batch_size;
  const scale = useMemo(() => batchScale([least, most]), [least, most]);
  return (
    <Only control="batch_size">
      <label for={`${id}-batch`}>Batch size</label>
      <span class="nnw-inline">
        <Slider label="Batch size" control={controls.batch_size} scale={scale} disabled={disabled} bare />
        <NumberField
          id={`${id}-batch`}
          label="Batch size value"
          control={controls.batch_size}
          whole
          disabled={disabled}
        />
      </span>
    </Only>
  );
}

const ORDERS = [
  { name: "kept", label: "as stored" },
  { name: "shuffled", label: "shuffled" },
];

function More({ id, disabled }: RowProps) {
  const { traits, controls } = useImages().store;
  const isOurs = traits._network.value.editable;
  const fixed = disabled || !isOurs;
  return (
    <>
      <Only control="epochs">
        <EpochsRow id={`${id}-epochs`} disabled={disabled} />
      </Only>
      <Only control="shuffle">
        <span class="nnw-label">Order</span>
        <Segmented
          label="Order of images"
          choices={ORDERS}
          chosen={[controls.shuffle.value.value ? "shuffled" : "kept"]}
          onChoose={(name) => controls.shuffle.set(name === "shuffled")}
          disabled={disabled}
        />
      </Only>
      <Only control="optimizer_options">
        <OptionsRow disabled={disabled} />
      </Only>
      <LossRow id={id} disabled={disabled} />
      <Only control="schedule">
        <ScheduleRow id={`${id}-schedule`} disabled={disabled} />
      </Only>
      <Only control="l1 l2">
        <PenaltyRow disabled={disabled} />
      </Only>
      {isOurs ? <NetworkRows id={id} disabled={disabled} /> : null}
      <Only control="dropout">
        <DropoutRow id={`${id}-dropout`} disabled={fixed} />
      </Only>
      <Only control="initialiser initial_scale">
        <InitialisationRow id={`${id}-initialiser`} disabled={fixed} />
      </Only>
      <Only control="stop_when">
        <StopRow id={`${id}-stop`} disabled={disabled} />
      </Only>
      <SeedRow id={id} disabled={disabled} />
    </>
  );
}

function NetworkRows({ id, disabled }: RowProps) {
  const { traits, controls } = useImages().store;
  const layers = controls.hidden_layers.value.value.length;
  const activation = useMemo(() => partOf(controls.activation, null, layers), [controls, layers]);
  return (
    <>
      <Only control="hidden_layers">
        <label for={`${id}-layers`}>Hidden layers</label>
        <LayersField id={`${id}-layers`} control={controls.hidden_layers} disabled={disabled} />
      </Only>
      <Only control="activation">
        <label for={`${id}-activation`}>Activation</label>
        <Select
          id={`${id}-activation`}
          label="Activation"
          control={activation}
          choices={traits._choices.value.activations}
          disabled={disabled || !layers}
        />
      </Only>
    </>
  );
}
