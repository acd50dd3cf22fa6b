const OpenAI = require("openai");
const fp = require("fastify-plugin");
async function gpt(fastify, opts) {
  fastify.decorate("openai", new OpenAI());
  fastify.route({ method: "POST", url: "/", handler: async (req, reply) => {
    return fastify.openai.chat.completions.create({ model: "gpt-4o", messages: [] });
  } });
}
module.exports = fp(gpt);
