// Bundles vendor.js with what it needs into modelguard/report/assets, with versions and licences. Run by refresh.sh.
import { readFileSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const assets = new URL("../modelguard/report/assets/", import.meta.url);
const made = await build({ entryPoints: ["vendor.js"], bundle: true, minify: true, format: "iife", charset: "ascii", legalComments: "none", write: false, metafile: true });
const names = new Set(Object.keys(made.metafile.inputs).map((p) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(p)?.[1]).filter(Boolean));
const parts = [...names].sort().map((name) => {
  const about = JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8"));
  return { name, version: about.version, licence: about.license, text: readFileSync(`node_modules/${name}/LICENSE`, "utf8").trim() };
});
const header = `/* ${parts.map((p) => `${p.name} ${p.version} (${p.licence})`).join(", ")}; licences: vendor-licenses.txt */\n`;
// A bundle that says </script> would end its own element.
const text = header + made.outputFiles[0].text.trim().replaceAll("</script", "<\\/script");
writeFileSync(new URL("vendor.js", assets), text + "\n");
writeFileSync(new URL("vendor-licenses.txt", assets), parts.map((p) => `${p.name} ${p.version}\n\n${p.text}\n`).join(`\n${"-".repeat(80)}\n\n`));
