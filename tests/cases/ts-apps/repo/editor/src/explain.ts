import OpenAI from "openai";

export const explain = (text: string) => new OpenAI().responses.create({ model: "gpt-5-mini", input: text });
