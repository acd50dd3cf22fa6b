export async function ask() {
  const { default: OpenAI } = await import("openai");
  return new OpenAI().chat.completions.create({ model: "gpt-4o", messages: [] });
}
