import { Composer } from "grammy";
import OpenAI from "openai";
export const chat = new Composer();
chat.command("ask", async (ctx) => {
  const r = await new OpenAI().chat.completions.create({ model: "gpt-4o", messages: [] });
});
