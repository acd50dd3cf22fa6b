import { Hono } from "hono";
import OpenAI from "openai";
type Bindings = { OPENAI_API_KEY: string };
const app = new Hono<{ Bindings: Bindings }>();
app.post("/ask", async (c) => {
  const client = new OpenAI({ apiKey: c.env.OPENAI_API_KEY });
  return c.json(await client.chat.completions.create({ model: "gpt-4o", messages: [] }));
});
export default app;
