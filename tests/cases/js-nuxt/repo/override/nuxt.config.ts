export default defineNuxtConfig({
  runtimeConfig: { openai: { apiKey: "", model: "gpt-4o-mini" } },
});
