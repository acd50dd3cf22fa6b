import { Hono } from "hono";
import { createOpenAI } from "@ai-sdk/openai";
import { generateText } from "ai";
type Bindings = { OPENAI_API_KEY: string };
const app = new Hono<{ Bindings: Bindings }>().basePath("/api");
app.use("*", async (c, next) => { c.set("openai", createOpenAI({ apiKey: c.env.OPENAI_API_KEY })); await next(); });
app.post("/ask", async (c) => {
  const openai = c.get("openai");
  const { text } = await generateText({ model: openai("gpt-4o-mini"), prompt: "x" });
  return c.json({ text });
});
export default app;
