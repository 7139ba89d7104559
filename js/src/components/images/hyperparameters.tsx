// How the network of an image trainer learns.
export function ImageHyperparameters() {
  return null;
}
