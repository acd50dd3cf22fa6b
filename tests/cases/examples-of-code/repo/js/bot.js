const OpenAI = require("openai");
const settings = require("./settings");

new OpenAI().responses.create({ model: settings.model, input: "hello" });
