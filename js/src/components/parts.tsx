// Formulas and labels as text: variables in italics, indices below the line, numbers in the colour of their sign.
import type { FormulaPart } from "../draw/formula";

export function Parts({ parts }: { parts: readonly FormulaPart[] }) {
  return (
    <>
      {parts.map((part, position) => (
        <Part key={position} part={part} />
      ))}
    </>
  );
}

function Part({ part: { kind, text } }: { part: FormulaPart }) {
  if (kind === "var") return <var>{text}</var>;
  if (kind === "sub") return <sub>{text}</sub>;
  if (kind === "text") return <>{text}</>;
  return <span class={`nnw-${kind}`}>{text}</span>;
}
