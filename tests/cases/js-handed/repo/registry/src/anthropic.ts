import Anthropic from "@anthropic-ai/sdk";
import { LLMProvider } from "./types";
export class AnthropicProvider implements LLMProvider {
  private c = new Anthropic();
  async generate(p: string) { const m = await this.c.messages.create({ model: "claude-3-5-haiku-latest", max_tokens: 5, messages: [] }); return m.content; }
}
