const { parsed: { OPENAI_API_KEY } } = require("dotenv").config();
const OpenAI = require("openai");
const { Telegraf } = require("telegraf");
const bot = new Telegraf("x");
const openai = new OpenAI({ apiKey: OPENAI_API_KEY });
bot.on("text", async (ctx) => {
  const r = await openai.chat.completions.create({ model: "gpt-4o", messages: [] });
  ctx.reply(r);
});
bot.launch();
