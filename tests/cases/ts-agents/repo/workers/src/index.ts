export default {
  async fetch(request, env) {
    const r = await env.AI.run("@cf/meta/llama-3.1-8b-instruct", { prompt: "hi" });
    return Response.json(r);
  },
};
