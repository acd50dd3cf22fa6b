import OpenAI from 'openai';

const openai = new OpenAI();

export const handler = async () =>
  openai.chat.completions.create({ model: process.env.CHAT_MODEL!, messages: [] });
