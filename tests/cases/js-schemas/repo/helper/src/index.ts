import OpenAI from "openai";
import * as env from "./env";
const client = new OpenAI({ apiKey: env.OPENAI_KEY });
void client.chat.completions.create({ model: env.MODEL, messages: [] });
