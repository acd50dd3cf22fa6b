import { env } from '$env/dynamic/private';
import OpenAI from 'openai';
export const actions = {
  default: async ({ request }) => {
    const openai = new OpenAI({ apiKey: env.OPENAI_API_KEY });
    return await openai.chat.completions.create({ model: env.OPENAI_MODEL, messages: [] });
  },
};
