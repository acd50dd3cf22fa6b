import { Command } from "commander";
import OpenAI from "openai";
const DEFAULT_MODEL = "gpt-4o-mini";
const program = new Command();
program
  .name("q")
  .argument("<file>")
  .option("-m, --model <name>", "model to use", DEFAULT_MODEL)
  .option("--dry-run", "no call");
program.parse(process.argv);
async function main() {
  const options = program.opts<{ model: string }>();
  await new OpenAI().chat.completions.create({ model: options.model, messages: [] });
}
main();
