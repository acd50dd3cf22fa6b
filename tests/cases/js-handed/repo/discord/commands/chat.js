const { SlashCommandBuilder } = require("discord.js");
const OpenAI = require("openai");
module.exports = {
  data: new SlashCommandBuilder().setName("chat"),
  async execute(interaction) {
    const r = await new OpenAI().chat.completions.create({ model: "gpt-4o", messages: [] });
    interaction.reply(r);
  },
};
