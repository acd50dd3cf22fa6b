const config = {
  llm: {
    model: process.env.LLM || "claude-sonnet-4-5",
    small: "claude-haiku-4-5",
  },
};

export default config;
