import { defineConfig } from "vite";
import { alias, STATIC } from "./vite.shared.ts";

/** The website's chat window: one file, no dependencies, loaded by one script tag. */
export default defineConfig({
  resolve: { alias },
  publicDir: false,
  build: {
    outDir: STATIC,
    emptyOutDir: false,
    target: "es2022",
    lib: {
      entry: "src/widget/main.ts",
      formats: ["iife"],
      name: "SantralWidget",
      fileName: () => "widget.js",
    },
  },
});
