import { FastifyInstance } from "fastify";
import OpenAI from "openai";
export default async function (app: FastifyInstance) {
  const openai = new OpenAI();
  app.post("/", async (req, reply) => {
    return openai.chat.completions.create({ model: "gpt-4o", messages: [] });
  });
}
