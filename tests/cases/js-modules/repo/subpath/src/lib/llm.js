import OpenAI from "openai";
import { MODEL } from "#config";
export const ask = () => new OpenAI().chat.completions.create({ model: MODEL, messages: [] });
