import OpenAI from "openai";

const client = new OpenAI({ apiKey: import.meta.env.VITE_OPENAI_API_KEY, dangerouslyAllowBrowser: true });

export async function plan(model: string, text: string) {
  const answer = await client.chat.completions.create({ model, messages: [{ role: "user", content: text }] });
  return answer.choices[0].message.content ?? "";
}

export const title = async (text: string) =>
  (await client.responses.create({ model: "gpt-4.1-nano", input: text })).output_text;

export const hint = async (text: string) =>
  (await client.responses.create({ model: "gpt-4.1-mini", input: text })).output_text;

export const note = async (text: string) =>
  (await client.responses.create({ model: "o4-mini", input: text })).output_text;

export const unused = async (text: string) =>
  (await client.responses.create({ model: "o3", input: text })).output_text;
