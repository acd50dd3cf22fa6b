import OpenAI from "https://esm.sh/openai@4.20.1";
import { embed } from "../_shared/embed.ts";
Deno.serve(async (req: Request) => {
  const openai = new OpenAI({ apiKey: Deno.env.get("OPENAI_KEY")! });
  await embed(openai, "x");
  const out = await openai.chat.completions.create({ model: "gpt-4o", messages: [] });
  return Response.json(out);
});
