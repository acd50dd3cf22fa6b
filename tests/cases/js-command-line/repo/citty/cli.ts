import { defineCommand, runMain } from "citty";
import OpenAI from "openai";
const main = defineCommand({
  args: { model: { type: "string", default: "gpt-4o-mini" } },
  async run({ args }) {
    await new OpenAI().chat.completions.create({ model: args.model, messages: [] });
  },
});
runMain(main);
