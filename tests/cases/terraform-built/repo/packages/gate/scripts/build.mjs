import { build } from "esbuild";

await build({ entryPoints: ["src/gate.ts"], bundle: true, platform: "node", outfile: "dist/index.mjs" });
