import OpenAI from "openai";
export interface Env { MODEL: string; OPENAI_API_KEY: string }
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const openai = new OpenAI({ apiKey: env.OPENAI_API_KEY });
    const r = await openai.chat.completions.create({ model: env.MODEL, messages: [] });
    return Response.json(r);
  },
} satisfies ExportedHandler<Env>;
