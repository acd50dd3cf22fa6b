const convict = require("convict");

const config = convict({
  port: { format: "port", default: 3000, env: "PORT" },
  llm: {
    model: {
      doc: "Which model answers",
      format: String,
      default: "gpt-4o-mini",
      env: "LLM_MODEL",
    },
  },
});

config.validate({ allowed: "strict" });

module.exports = config;
