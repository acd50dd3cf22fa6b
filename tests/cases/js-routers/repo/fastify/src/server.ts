import Fastify from "fastify";
import chat from "./plugins/chat";
const fastify = Fastify({ logger: true });
fastify.register(chat, { prefix: "/chat" });
fastify.listen({ port: 3000 });
