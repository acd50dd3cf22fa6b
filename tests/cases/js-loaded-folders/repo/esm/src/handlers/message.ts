import OpenAI from "openai";
import { startedAt } from "../index.js";
const openai = new OpenAI();
export function onMessage(client) {
  return async (message) => {
    if (message.createdTimestamp < startedAt) return;
    const r = await openai.chat.completions.create({ model: "gpt-4o-mini", messages: [] });
    await message.reply(r.choices[0].message.content);
  };
}
