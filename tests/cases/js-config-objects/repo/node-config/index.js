const config = require("config");
const OpenAI = require("openai");

const client = new OpenAI();

client.chat.completions.create({ model: config.get("llm.model"), messages: [] });
client.embeddings.create({ model: config.get("llm.embedding"), input: "x" });
