import Anthropic from "@anthropic-ai/sdk";
export const claude = () => new Anthropic({ apiKey: process.env.ANTHROPIC_API_KEY });
export async function askClaude(q: string) {
  return claude().messages.create({ model: "claude-3-5-haiku-latest", max_tokens: 1, messages: [] });
}
