import OpenAI from "openai";
import { observeOpenAI } from "langfuse";
const openai = observeOpenAI(new OpenAI());
await openai.chat.completions.create({ model: "gpt-4o", messages: [] });
