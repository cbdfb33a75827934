import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { alias, STATIC } from "./vite.shared.ts";

const HUB = process.env.HUB_DEV_URL ?? "http://127.0.0.1:8080";

/** The agents' inbox. `npm run dev` serves it with live reload in front of a running hub. */
export default defineConfig({
  plugins: [react()],
  resolve: { alias },
  build: {
    outDir: `${STATIC}/app`,
    emptyOutDir: true,
    target: "es2022",
    sourcemap: false,
    // No `data:` URLs: the hub's content security policy allows its own files only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    fs: { allow: [".."] },
    proxy: { "/api": { target: HUB, ws: true } },
  },
});
