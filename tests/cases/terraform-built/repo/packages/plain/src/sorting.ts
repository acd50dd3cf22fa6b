import OpenAI from "openai";

const client = new OpenAI();

export const handler = async (event: { text: string }) => {
  return client.responses.create({ model: process.env.MODEL ?? "gpt-4.1", input: event.text });
};
