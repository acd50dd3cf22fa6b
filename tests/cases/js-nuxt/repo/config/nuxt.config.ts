export default defineNuxtConfig({
  runtimeConfig: {
    openaiApiKey: process.env.OPENAI_API_KEY,
    openaiModel: "gpt-4o-mini",
    public: { base: "/" },
  },
});
