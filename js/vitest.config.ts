import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    environment: "happy-dom",
    include: ["test/**/*.test.{ts,tsx}"],
    restoreMocks: true,
    // Few workers: the suite shares its machine with the browser tests.
    maxWorkers: 2,
  },
});
