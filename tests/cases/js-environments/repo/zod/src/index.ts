import OpenAI from "openai";
import { env } from "./env";
new OpenAI({ apiKey: env.OPENAI_API_KEY }).chat.completions.create({ model: env.OPENAI_MODEL, messages: [] });
