const OpenAI = require("openai");
module.exports = {
  data: { name: "ask" },
  async execute(i) { i.reply(await new OpenAI().chat.completions.create({ model: "gpt-4o", messages: [] })); },
};
