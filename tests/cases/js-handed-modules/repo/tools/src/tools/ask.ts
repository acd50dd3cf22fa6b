import OpenAI from "openai";
export const handleAsk = async (args) => new OpenAI().chat.completions.create({ model: "gpt-4o-mini", messages: [] });
