import { readdirSync } from "fs";
import { join } from "path";
import { pathToFileURL } from "url";
import { Client, Collection } from "discord.js";
import { onMessage } from "./handlers/message.js";
export const startedAt = Date.now();
(async () => {
  const client = new Client({ intents: [] });
  client.commands = new Collection();
  const folder = join(process.cwd(), "src", "commands");
  for (const file of readdirSync(folder)) {
    const mod = await import(pathToFileURL(join(folder, file)).href);
    client.commands.set(mod.data.name, mod);
  }
  client.on("messageCreate", onMessage(client));
  client.on("interactionCreate", async (i) => { await client.commands.get(i.commandName)?.execute(i); });
  await client.login(process.env.DISCORD_TOKEN);
})();
