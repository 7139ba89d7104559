// Names of properties that only our own code speaks of, and only by themselves: a bundle has short ones instead. A test
// shows that no page, no model and no text knows them.
export const INTERNAL = [
  "canvasHeight",
  "canvasWidth",
  "easel",
  "fieldRamp32",
  "fromPosition",
  "geometry",
  "inputTile",
  "invalidate",
  "onChoose",
  "pointLine",
  "scene",
  "smoothing",
  "stepsPerEpoch",
  "testAccuracy",
  "testLoss",
  "textXs",
  "tileRamp32",
  "toPosition",
  "xRange",
  "yRange",
];
