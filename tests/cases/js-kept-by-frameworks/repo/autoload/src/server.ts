import Fastify from "fastify";
import autoLoad from "@fastify/autoload";
import { join } from "node:path";
const app = Fastify();
app.register(autoLoad, { dir: join(__dirname, "routes") });
app.listen({ port: 3000 });
