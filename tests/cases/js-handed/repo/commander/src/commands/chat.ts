import OpenAI from "openai";
export async function chat(opts: { model: string }) { return new OpenAI().chat.completions.create({ model: opts.model, messages: [] }); }
