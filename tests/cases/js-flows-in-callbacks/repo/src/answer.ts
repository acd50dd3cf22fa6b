import Groq from "groq-sdk";

const groq = new Groq();

export async function answer(prompt: string, model: string) {
  const found = await groq.chat.completions.create({ model, messages: [{ role: "user", content: prompt }] });
  return found.choices[0].message.content ?? "";
}
