// A canvas that is painted again when what it shows is another thing, or the colours of the page are.
import type { CanvasHTMLAttributes } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Theme } from "../../draw/colour";
import { useImages } from "./view";

interface PixelsProps extends CanvasHTMLAttributes<HTMLCanvasElement> {
  paint(canvas: HTMLCanvasElement, theme: Theme): void;
  inputs: readonly unknown[];
}

export function Pixels({ paint, inputs, ...rest }: PixelsProps) {
  const { easel, geometry } = useImages();
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = easel.theme.value;
  const { ratio } = geometry.value;
  useLayoutEffect(() => {
    if (canvas.current) paint(canvas.current, theme);
  }, [theme, ratio, ...inputs]);
  return <canvas ref={canvas} {...rest} />;
}
