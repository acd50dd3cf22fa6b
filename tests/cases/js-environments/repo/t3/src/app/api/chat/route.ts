import OpenAI from "openai";
import { env } from "~/env";
const openai = new OpenAI({ apiKey: env.OPENAI_API_KEY });
export async function POST(req: Request) {
  return Response.json(await openai.chat.completions.create({ model: env.OPENAI_MODEL, messages: [] }));
}
