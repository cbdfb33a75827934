import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { alias } from "./vite.shared.ts";

export default defineConfig({
  plugins: [react()],
  resolve: { alias },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/test/setup.ts"],
    // Forms are slow on a busy machine; nothing waits by the clock.
    testTimeout: 20_000,
    restoreMocks: true,
    unstubGlobals: true,
    css: false,
    isolate: false,
    maxWorkers: "100%",
  },
});
