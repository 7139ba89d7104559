// A model hears nothing for good whose module took longer than two seconds to come, as of a page with many widgets on a
// slow machine: anywidget waits before each message for a promise that it has broken by then.
import type { AnyModel } from "@anywidget/types";

interface HostModel {
  readonly comm_live?: boolean;
  readonly changed: Record<string, unknown>;
  readonly comm?: {
    on_msg(take: (message: unknown) => unknown): void;
    send(data: { method: "request_state" }, callbacks: object): void;
  };
  _handle_comm_msg(message: unknown): Promise<unknown>;
}

/** A trait that no model has. */
const OWN = "_own_model";
const NOTHING = { content: { data: { method: "nothing" } } };

/** Lets a model that came late hear, and asks for what it has missed. */
export function hearLate(model: AnyModel): void {
  // What the host does with a message when anywidget is not in its way.
  const plain = model.get("layout") as HostModel | undefined;
  if (!plain?.comm_live) return;
  // The host's own model is known only by what it says of a change; this one is made for that, and never sent.
  const take = (own: HostModel) => {
    delete own.changed[OWN];
    own._handle_comm_msg(NOTHING).catch(() => {
      own.comm?.on_msg((message) => plain._handle_comm_msg.call(own, message));
      own.comm?.send({ method: "request_state" }, {});
    });
  };
  const event = `change:${OWN}`;
  model.on(event, take);
  (model.set as (name: string, value: unknown, options: object) => void)(OWN, 1, { unset: true });
  model.off(event, take);
}
