// The padlocks of frozen weights stay on the drawing, whatever else it shows.
import { expect, it, vi } from "vitest";
import { PARAMETERS, pack } from "../fake-model";
import { model, nextFrame, useTrainer, view } from "../view";

useTrainer();

const zeros = (count: number) => new Float32Array(count);

it("are drawn also while one step is shown in slow motion", async () => {
  model.frame({ full: true });
  model.update("_edits", { version: 1, frozen: [[7, 1]], can_undo: false });
  await nextFrame();
  const context = view.root.querySelector<HTMLCanvasElement>(".nnw-wires")?.getContext("2d");
  if (!context) throw new Error("there is no drawing");
  // The body of a padlock is the only such rectangle.
  const filled = vi.fn();
  context.fillRect = filled;
  const bodies = () => filled.mock.calls.filter((call) => call.join() === "-4,-1,8,6").length;
  [...view.root.querySelectorAll<HTMLElement>(".nnw-unfold")]
    .find(({ textContent }) => textContent === "One step")
    ?.click();
  await nextFrame();
  const [parts, block] = pack([
    ["indices", [1], zeros(1)],
    ["targets", [1, 1], zeros(1)],
    ["losses", [1], zeros(1)],
    ["x", [2, 2], zeros(4)],
    ...(["z", "h", "dz", "dh"] as const).map((name): [string, number[], Float32Array] => [
      name,
      [2, 3],
      zeros(6),
    ]),
    ...(["before", "gradient", "used", "after"] as const).map((name): [string, number[], Float32Array] => [
      name,
      [9],
      new Float32Array(PARAMETERS),
    ]),
  ]);
  model.receive(
    {
      ...{
        type: "trace",
        epoch: 0,
        step: 0,
        samples: 1,
        averaged: true,
        loss: 0.5,
        loss_after: 0.4,
        penalty: 0,
      },
      ...{ drops: false, loss_name: "bce", loss_formula: "", optimizer: "sgd", optimizer_label: "SGD" },
      ...{ learning_rate: 0.1, count: null, network_version: 1, data_version: 1, tensors: [], parts },
    } as Parameters<typeof model.receive>[0],
    [block],
  );
  await nextFrame();
  await nextFrame();
  filled.mockClear();
  [...view.root.querySelectorAll<HTMLElement>(".nnw-stop")].at(2)?.click();
  await nextFrame();
  await nextFrame();
  expect(view.root.querySelector(".nnw-stop")).not.toBeNull();
  expect(bodies()).toBeGreaterThan(0);
});
