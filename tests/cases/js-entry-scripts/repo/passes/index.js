const OpenAI = require("openai");
new OpenAI().chat.completions.create({ model: "gpt-4o", messages: [] });
