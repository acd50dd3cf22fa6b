const fastify = require("fastify")();
fastify.register(require("./routes/gpt"));
fastify.listen({ port: 3000 });
