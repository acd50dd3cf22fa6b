export default async function (fastify) {
  fastify.post("/ask", async (req, reply) => {
    return fastify.openai.chat.completions.create({ model: "gpt-4o", messages: [] });
  });
}
