import OpenAI from 'openai';

export const handler = async () =>
  new OpenAI().chat.completions.create({ model: process.env.PAGE_MODEL!, messages: [] });
