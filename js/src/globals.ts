// What the build says in one letter each instead of a word: these stand in some four hundred places.
const { abs, ceil, floor, log, log10, max, min, PI, round } = Math;
const { isFinite: isFiniteNumber, isNaN: isNotANumber } = Number;
const { from } = Array;
const { keys } = Object;
const {
  cancelAnimationFrame: undraw,
  clearTimeout: forget,
  Float32Array: Floats,
  Float64Array: Doubles,
  requestAnimationFrame: draw,
  setTimeout: later,
  Uint8Array: Bytes,
} = globalThis;
const now = () => performance.now();

export {
  abs as "Math.abs",
  Bytes as Uint8Array,
  ceil as "Math.ceil",
  Doubles as Float64Array,
  draw as requestAnimationFrame,
  Floats as Float32Array,
  floor as "Math.floor",
  forget as clearTimeout,
  from as "Array.from",
  isFiniteNumber as "Number.isFinite",
  isNotANumber as "Number.isNaN",
  keys as "Object.keys",
  later as setTimeout,
  log as "Math.log",
  log10 as "Math.log10",
  max as "Math.max",
  min as "Math.min",
  now as "performance.now",
  PI as "Math.PI",
  round as "Math.round",
  undraw as cancelAnimationFrame,
};
