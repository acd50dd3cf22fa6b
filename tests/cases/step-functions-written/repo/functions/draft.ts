import OpenAI from 'openai';

const client = new OpenAI();

export const handler = async (input: { model: string; text: string }) =>
  client.responses.create({ model: input.model, input: input.text });
