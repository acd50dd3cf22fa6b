const OpenAI = require("openai");
const config = require("./config.json");

const openai = new OpenAI({ apiKey: config.credentials.openai_api_key });
openai.chat.completions.create({ model: config.ai.chat_model, messages: [] });
