import yargs from "yargs";
import { ask } from "./ask";
yargs(process.argv.slice(2)).command(
  "ask <q>",
  "ask",
  (y) => y.positional("q", { type: "string" }).option("model", { type: "string", default: "gpt-4o-mini" }),
  async (argv) => { await ask(argv.q, argv.model); },
).parse();
