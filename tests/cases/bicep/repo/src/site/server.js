const OpenAI = require('openai');

new OpenAI().chat.completions.create({ model: process.env.SITE_MODEL, messages: [] });
