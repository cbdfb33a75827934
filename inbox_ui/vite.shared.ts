import { fileURLToPath } from "node:url";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Where the hub serves static files from. */
export const STATIC = at("../hub/web/static");

/** The same short names as `paths` in tsconfig.json. */
export const alias = { "@i18n": at("../templates/i18n"), "@": at("./src") };
