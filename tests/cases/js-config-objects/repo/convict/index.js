const OpenAI = require("openai");
const config = require("./config");
new OpenAI().chat.completions.create({ model: config.get("llm.model"), messages: [] });
