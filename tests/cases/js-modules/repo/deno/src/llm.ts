import OpenAI from "npm:openai@4.52.0";
export const ask = (q: string) => new OpenAI({ apiKey: Deno.env.get("OPENAI_API_KEY") }).chat.completions.create({ model: "gpt-4o", messages: [] });
