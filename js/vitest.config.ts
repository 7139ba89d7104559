import { defineConfig } from "vitest/config";

// What computes and draws keeps nothing between tests and needs no page, but for files that say so in their first line.
const PLAIN = "test/{concepts,draw}/**/*.test.ts";
// These share a page from file to file: making one, and loading everything into it, costs more than most of their tests.
const SHARING = "test/{model,page}/**/*.test.ts";

export default defineConfig({
  test: {
    restoreMocks: true,
    // Few workers: the suite may share its machine.
    maxWorkers: 2,
    // Bounds that only a failure reaches, also where the machine has other things to do.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      { extends: true, test: { name: "plain", include: [PLAIN], environment: "node", isolate: false } },
      {
        extends: true,
        test: { name: "sharing", include: [SHARING], environment: "happy-dom", isolate: false },
      },
      {
        extends: true,
        test: {
          name: "page",
          include: ["test/**/*.test.{ts,tsx}"],
          exclude: [PLAIN, SHARING],
          environment: "happy-dom",
          pool: "threads",
        },
      },
    ],
  },
});
