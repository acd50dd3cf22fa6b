import OpenAI from "openai";

export const ask = (text: string) => new OpenAI().responses.create({ model: "gpt-5-nano", input: text });
