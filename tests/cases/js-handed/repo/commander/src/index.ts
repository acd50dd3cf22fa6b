import { Command } from "commander";
import { chat } from "./commands/chat";
const program = new Command();
program.command("chat").option("-m, --model <model>", "model", "gpt-4o").action(chat);
program.command("sum").option("-m, --model <model>", "model").action(async (opts) => chat({ model: opts.model ?? "gpt-4o-mini" }));
program.parse();
