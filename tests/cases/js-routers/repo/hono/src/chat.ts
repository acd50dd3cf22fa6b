import { Hono } from "hono";
import OpenAI from "openai";
const chat = new Hono();
chat.post("/", async (c) => {
  const openai = new OpenAI({ apiKey: c.env.OPENAI_API_KEY });
  return c.json(await openai.chat.completions.create({ model: "gpt-4o", messages: [] }));
});
export default chat;
