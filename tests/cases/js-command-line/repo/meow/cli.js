import meow from "meow";
import OpenAI from "openai";
const cli = meow(`usage`, { importMeta: import.meta, flags: { model: { type: "string", shortFlag: "m", default: "gpt-4o-mini" } } });
await new OpenAI().chat.completions.create({ model: cli.flags.model, messages: [] });
