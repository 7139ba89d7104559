// The mark of a class, as it is on the map, for legends and buttons.
import { useEffect, useRef } from "preact/hooks";
import { sizeCanvas } from "../draw/field";
import { drawMark } from "../draw/points";
import { useView } from "./context";

interface MarkProps {
  index: number;
  classes: number;
  size: number;
  radius: number;
}

export function ClassMark({ index, classes, size, radius }: MarkProps) {
  const { easel } = useView();
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = easel.theme.value;
  useEffect(() => {
    const context = canvas.current && sizeCanvas(canvas.current, size, size);
    if (!context) return;
    context.clearRect(0, 0, size, size);
    drawMark(context, index, size / 2, size / 2, radius, theme, { classes, range: [0, 1] });
  }, [index, classes, size, radius, theme]);
  return <canvas ref={canvas} />;
}
