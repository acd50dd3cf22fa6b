import * as env from "env-var";
import OpenAI from "openai";
const key = env.get("OPENAI_API_KEY").required().asString();
const model = env.get("OPENAI_MODEL").default("gpt-4o").asString();
new OpenAI({ apiKey: key }).chat.completions.create({ model, messages: [] });
