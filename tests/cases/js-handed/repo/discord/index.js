const { Client, Collection, Events } = require("discord.js");
const chat = require("./commands/chat");
const client = new Client({ intents: [] });
client.commands = new Collection();
client.commands.set(chat.data.name, chat);
client.on(Events.InteractionCreate, async (interaction) => {
  const command = interaction.client.commands.get(interaction.commandName);
  await command.execute(interaction);
});
client.login("x");
