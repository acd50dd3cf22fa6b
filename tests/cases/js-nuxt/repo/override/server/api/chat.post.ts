import OpenAI from "openai";
export default defineEventHandler(async (event) => {
  const { openai: { apiKey, model } } = useRuntimeConfig(event);
  const client = new OpenAI({ apiKey });
  return await client.chat.completions.create({ model, messages: [] });
});
