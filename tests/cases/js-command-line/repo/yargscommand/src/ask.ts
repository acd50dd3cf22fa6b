import OpenAI from "openai";
export async function ask(q: string, model: string) {
  return new OpenAI().chat.completions.create({ model, messages: [] });
}
