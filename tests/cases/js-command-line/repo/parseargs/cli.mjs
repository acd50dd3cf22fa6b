import { parseArgs } from "node:util";
import OpenAI from "openai";
const { values } = parseArgs({ options: { model: { type: "string", short: "m", default: "gpt-4o" } } });
await new OpenAI().chat.completions.create({ model: values.model, messages: [] });
