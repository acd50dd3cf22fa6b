import { complete } from "./llm";
export default {
  async fetch(request, env, ctx) { return new Response(await complete(env, "x")); },
  async scheduled(event, env, ctx) { ctx.waitUntil(complete(env, "y")); },
};
