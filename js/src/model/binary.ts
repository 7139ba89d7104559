// Binary values of traits.

/** Triples of 32-bit floats: x, y, class. The bytes may lie anywhere in a larger block. */
export function readTriples(bytes: DataView | ArrayBuffer | null): Float32Array {
  if (!bytes) return new Float32Array();
  if (bytes instanceof ArrayBuffer) return new Float32Array(bytes);
  const start = bytes.byteOffset;
  return new Float32Array(bytes.buffer.slice(start, start + bytes.byteLength));
}

/** The columns of rows of 32-bit floats. */
export function columnsOf(bytes: DataView | ArrayBuffer | null, width: number): Float32Array[] {
  const cells = readTriples(bytes);
  return Array.from({ length: width }, (_, column) =>
    Float32Array.from(
      { length: Math.floor(cells.length / width) },
      (_, row) => cells[row * width + column] as number,
    ),
  );
}

/** The bytes themselves. */
export function bytesIn(bytes: DataView | ArrayBuffer | null): Uint8Array {
  if (!bytes) return new Uint8Array();
  return bytes instanceof ArrayBuffer
    ? new Uint8Array(bytes)
    : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** 64-bit floats, wherever they lie. */
export function float64In(bytes: DataView | ArrayBuffer | null): Float64Array {
  const plain = bytesIn(bytes);
  return new Float64Array(plain.buffer.slice(plain.byteOffset, plain.byteOffset + plain.byteLength));
}
