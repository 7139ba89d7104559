/** Whether two settings are the same: numbers, texts, lists of them, and records. */
export const same = (a: unknown, b: unknown) => a === b || JSON.stringify(a) === JSON.stringify(b);
