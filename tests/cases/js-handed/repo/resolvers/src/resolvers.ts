import OpenAI from "openai";
const openai = new OpenAI();
export const resolvers = {
  Query: { hello: () => "x" },
  Mutation: { ask: async (_: unknown, { q }: { q: string }) => openai.chat.completions.create({ model: "gpt-4o", messages: [] }) },
};
