// Networks of the kinds that a ledger has to draw, built node by node: residual branches, skips, loops, shared weights.
import type { AnatomyTrait, NodeTrait } from "../src/generated/protocol";
import { anatomyTrait, nodeTrait, shapes } from "./anatomy-fixture";

type Made = Partial<NodeTrait> & { shape?: number[] };

/** Puts nodes in, one after the other; what a container holds is built by its function. */
export class Builder {
  readonly nodes: NodeTrait[] = [];
  readonly edges: number[] = [];
  readonly unfolded: string[] = [];
  private readonly parents: number[] = [];

  /** A leaf that is fed by these, and its number. */
  leaf(key: string, from: readonly number[], { shape = [1, 64, 56, 56], ...changes }: Made = {}): number {
    const index = this.nodes.length;
    const size = shape.reduce((all, each) => all * each, 1);
    const input = from.map((each) => this.nodes[each]?.outputs[0]?.shape ?? [1]);
    this.nodes.push(
      nodeTrait({
        key,
        name: key.includes(":")
          ? key.slice(key.lastIndexOf(":") + 1).replace(/#\d+$/, "")
          : key.replace(/#\d+$/, ""),
        parent: this.parents.at(-1) ?? -1,
        inputs: shapes(...input),
        outputs: shapes(shape),
        output_bytes: 4 * size,
        trainable: changes.count ?? 0,
        fresh: changes.count ?? 0,
        parameter_bytes: 4 * (changes.count ?? 0),
        ...changes,
      }),
    );
    for (const each of from) this.edges.push(each, index);
    return index;
  }

  container<T>(key: string, type: string, inside: () => T, changes: Partial<NodeTrait> = {}): T {
    const index = this.nodes.length;
    this.nodes.push(
      nodeTrait({ key, name: key, kind: "container", type, parent: this.parents.at(-1) ?? -1, ...changes }),
    );
    this.parents.push(index);
    const made = inside();
    this.parents.pop();
    const own = this.nodes[index] as NodeTrait;
    for (const child of this.nodes.slice(index + 1).filter(({ parent }) => parent === index)) {
      for (const name of [
        "count",
        "trainable",
        "fresh",
        "multiply_adds",
        "parameter_bytes",
        "output_bytes",
      ] as const)
        own[name] += child[name];
      own.outputs = child.outputs;
    }
    return made;
  }

  trait(changes: Partial<AnatomyTrait> = {}): AnatomyTrait {
    const top = this.nodes.filter(({ parent }) => parent < 0);
    const total = (name: "fresh" | "multiply_adds" | "output_bytes" | "parameter_bytes") =>
      top.reduce((all, node) => all + node[name], 0);
    return anatomyTrait({
      nodes: this.nodes,
      edges: this.edges,
      unfolded: this.unfolded,
      parameter_count: total("fresh"),
      multiply_adds: total("multiply_adds"),
      parameter_bytes: total("parameter_bytes"),
      output_bytes: total("output_bytes"),
      ...changes,
    });
  }
}

const convolution = (
  net: Builder,
  key: string,
  from: number,
  [into, out, size]: readonly [number, number, number],
  kernel = 3,
) =>
  net.leaf(key, [from], {
    type: "Conv2d",
    detail: `${into} → ${out}, kernel ${kernel} × ${kernel}`,
    shape: [1, out, size, size],
    count: into * out * kernel * kernel,
    multiply_adds: into * out * kernel * kernel * size * size,
  });

const through = (net: Builder, key: string, type: string, from: number, changes: Made = {}) =>
  net.leaf(key, [from], { type, shape: net.nodes[from]?.outputs[0]?.shape ?? [1], ...changes });

/** A small ResNet: two stages of two basic blocks, the second of which begins with a downsampled branch. */
export function residualTrait(stages: readonly number[] = [2, 2]): AnatomyTrait {
  const net = new Builder();
  let x = net.leaf(":input", [], { kind: "input", type: "", shape: [1, 3, 224, 224] });
  x = convolution(net, "conv1", x, [3, 64, 112], 7);
  x = through(net, "bn1", "BatchNorm2d", x, { count: 128 });
  x = through(net, "relu", "ReLU", x, { calls: 2 });
  x = net.leaf("maxpool", [x], { type: "MaxPool2d", detail: "kernel 3 × 3", shape: [1, 64, 56, 56] });
  let [channels, size] = [64, 56];
  stages.forEach((blocks, stage) => {
    const key = `layer${stage + 1}`;
    x = net.container(key, "Sequential", () => {
      for (let block = 0; block < blocks; block++) {
        const at = `${key}.${block}`;
        const changes = stage > 0 && block === 0;
        const [into, out] = [channels, changes ? 2 * channels : channels];
        size = changes ? size / 2 : size;
        x = net.container(at, "BasicBlock", () => {
          let y = convolution(net, `${at}.conv1`, x, [into, out, size]);
          y = through(net, `${at}.bn1`, "BatchNorm2d", y, { count: 2 * out });
          y = through(net, `${at}.relu`, "ReLU", y, { calls: 2 });
          y = convolution(net, `${at}.conv2`, y, [out, out, size]);
          y = through(net, `${at}.bn2`, "BatchNorm2d", y, { count: 2 * out });
          let skip = x;
          if (changes)
            skip = net.container(`${at}.downsample`, "Sequential", () => {
              const z = convolution(net, `${at}.downsample.0`, x, [into, out, size], 1);
              return through(net, `${at}.downsample.1`, "BatchNorm2d", z, { count: 2 * out });
            });
          y = net.leaf(`${at}:add_`, [y, skip], {
            kind: "operation",
            type: "add_",
            shape: [1, out, size, size],
          });
          return through(net, `${at}.relu#2`, "ReLU", y, { call: 2, calls: 2 });
        });
        channels = out;
      }
      return x;
    });
  });
  x = net.leaf("avgpool", [x], { type: "AdaptiveAvgPool2d", shape: [1, channels, 1, 1] });
  x = net.leaf(":flatten", [x], { kind: "operation", type: "flatten", shape: [1, channels] });
  x = net.leaf("fc", [x], {
    type: "Linear",
    detail: `${channels} → 1000`,
    shape: [1, 1000],
    count: channels * 1000 + 1000,
    multiply_adds: channels * 1000,
  });
  net.leaf(":output", [x], { kind: "output", type: "", shape: [1, 1000] });
  net.unfolded.push("layer1", "layer1.0", "layer2");
  return net.trait({ name: "ResNet", label: "the reader's" });
}

/** A U-Net of so many levels: what goes down is put together with what comes up. */
export function unetTrait(levels = 4): AnatomyTrait {
  const net = new Builder();
  let x = net.leaf(":input", [], { kind: "input", type: "", shape: [1, 1, 128, 128] });
  const kept: number[] = [];
  const wide = (level: number) => 32 * 2 ** level;
  for (let level = 0; level < levels; level++) {
    const size = 128 / 2 ** level;
    x = convolution(net, `down${level}`, x, [level ? wide(level - 1) : 1, wide(level), size]);
    kept.push(x);
    x = net.leaf(`pool${level ? `#${level + 1}` : ""}`, [x], {
      type: "MaxPool2d",
      call: level + 1,
      calls: levels,
      shape: [1, wide(level), size / 2, size / 2],
    });
  }
  x = convolution(net, "middle", x, [wide(levels - 1), wide(levels), 128 / 2 ** levels]);
  for (let level = levels - 1; level >= 0; level--) {
    const size = 128 / 2 ** level;
    x = net.leaf(`up${level}`, [x], {
      type: "ConvTranspose2d",
      shape: [1, wide(level), size, size],
      count: 8 * wide(level) ** 2,
    });
    x = net.leaf(`:cat${level < levels - 1 ? `#${levels - level}` : ""}`, [kept[level] as number, x], {
      kind: "operation",
      type: "cat",
      shape: [1, 2 * wide(level), size, size],
    });
    x = convolution(net, `merge${level}`, x, [2 * wide(level), wide(level), size]);
  }
  net.leaf(":output", [x], { kind: "output", type: "", shape: [1, 1, 128, 128] });
  return net.trait({ name: "UNet" });
}

/** A loop of a cell that hands on its state, tied weights, a module that did not run, and two outputs. */
export function recurrentTrait(): AnatomyTrait {
  const net = new Builder();
  const tokens = net.leaf(":input", [], { kind: "input", type: "", shape: [1, 32] });
  const state = net.leaf(":input['state']", [], { kind: "input", type: "", shape: [1, 64] });
  const embedded = net.leaf("embedding", [tokens], {
    type: "Embedding",
    detail: "1000 × 64",
    shape: [1, 32, 64],
    count: 64_000,
  });
  const [cell, hidden] = net.container(
    ":loop",
    "loop",
    () => {
      const taken = net.leaf(":getitem", [embedded], { kind: "operation", type: "getitem", shape: [1, 64] });
      const each = net.leaf("cell", [taken, state], { type: "GRUCell", shape: [1, 64], count: 24_960 });
      net.edges.push(each, each);
      const norm = net.leaf("norm", [each], { type: "LayerNorm", shape: [1, 64], count: 128 });
      net.edges.push(norm, each);
      return [each, norm];
    },
    { kind: "loop", name: "loop", detail: "32 rounds", repeats: 32 },
  );
  const stacked = net.leaf(":stack", [hidden], { kind: "operation", type: "stack", shape: [1, 32, 64] });
  const logits = net.leaf("head", [stacked], {
    type: "Linear",
    shape: [1, 32, 1000],
    count: 65_000,
    fresh: 1000,
  });
  net.leaf(":output[0]", [logits], { kind: "output", type: "", shape: [1, 32, 1000] });
  net.leaf(":output[1]", [cell], { kind: "output", type: "", shape: [1, 64] });
  net.leaf("spare", [], { kind: "idle", type: "Linear", shape: [1], outputs: [], count: 4160 });
  const number = (key: string) => net.nodes.findIndex((node) => node.key === key);
  (net.nodes[number("embedding")] as NodeTrait).shares = [number("head")];
  (net.nodes[number("head")] as NodeTrait).shares = [number("embedding")];
  net.unfolded.push(":loop");
  return net.trait({ name: "LanguageModel" });
}

/** So many leaves in containers of this many each, each leaf with a skip past the next one. */
export function manyTrait(count: number, each = 10): AnatomyTrait {
  const net = new Builder();
  let x = net.leaf(":input", [], { kind: "input", type: "", shape: [1, 8, 8, 8] });
  for (let block = 0; block * each < count; block++) {
    const key = `block${block}`;
    x = net.container(key, "Block", () => {
      let before = x;
      for (let at = 0; at < each; at++) {
        const made = net.leaf(`${key}.${at}`, at ? [x, before] : [x], {
          type: at % 3 ? "ReLU" : "Conv2d",
          detail: at % 3 ? "" : "8 → 8, kernel 3 × 3",
          shape: [1, 8, 8, 8],
          count: at % 3 ? 0 : 576,
        });
        before = x;
        x = made;
      }
      return x;
    });
    net.unfolded.push(key);
  }
  net.leaf(":output", [x], { kind: "output", type: "", shape: [1, 8, 8, 8] });
  return net.trait({ name: "Many" });
}
