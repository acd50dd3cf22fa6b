import Fastify from "fastify";
import openaiPlugin from "./plugins/openai";
import routes from "./routes";
const app = Fastify();
app.register(openaiPlugin);
app.register(routes, { prefix: "/api" });
app.listen({ port: 3000 });
