import type { FastifyPluginAsync } from "fastify";
import OpenAI from "openai";
const openai = new OpenAI();
const plugin: FastifyPluginAsync = async (fastify) => {
  fastify.post("/ask", async (req, reply) => openai.chat.completions.create({ model: "gpt-4o", messages: [] }));
};
export default plugin;
