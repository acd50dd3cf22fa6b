import fp from "fastify-plugin";
import OpenAI from "openai";
export default fp(async (fastify) => {
  fastify.decorate("openai", new OpenAI({ apiKey: process.env.OPENAI_API_KEY }));
});
