import { cli } from "cleye";
import OpenAI from "openai";
cli({ name: "q", flags: { model: { type: String, default: "gpt-4o-mini" } } }, async (argv) => {
  await new OpenAI().chat.completions.create({ model: argv.flags.model, messages: [] });
});
