import OpenAI from "openai";
const openai = new OpenAI();
export const data = { name: "ask" };
export async function execute(interaction) {
  const r = await openai.chat.completions.create({ model: "gpt-4o", messages: [] });
  await interaction.reply(r.choices[0].message.content);
}
