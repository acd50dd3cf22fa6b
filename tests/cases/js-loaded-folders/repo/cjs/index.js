const fs = require("fs");
const path = require("path");
const { Client, Collection } = require("discord.js");
const client = new Client({ intents: [] });
client.commands = new Collection();
const files = fs.readdirSync(path.join(__dirname, "commands")).filter((f) => f.endsWith(".js"));
for (const file of files) {
  const command = require(`./commands/${file}`);
  client.commands.set(command.data.name, command);
}
client.on("interactionCreate", async (i) => {
  const command = client.commands.get(i.commandName);
  await command.execute(i);
});
client.login("x");
