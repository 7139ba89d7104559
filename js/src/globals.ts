// What the build says in one letter each instead of a word: these stand in some three hundred places.
const { abs, ceil, floor, log, log10, max, min, PI, round } = Math;
const { isFinite: isFiniteNumber, isNaN: isNotANumber } = Number;
const { from } = Array;

export {
  abs as "Math.abs",
  ceil as "Math.ceil",
  floor as "Math.floor",
  from as "Array.from",
  isFiniteNumber as "Number.isFinite",
  isNotANumber as "Number.isNaN",
  log as "Math.log",
  log10 as "Math.log10",
  max as "Math.max",
  min as "Math.min",
  PI as "Math.PI",
  round as "Math.round",
};
