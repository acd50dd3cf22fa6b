import { injectable } from "inversify";
import Anthropic from "@anthropic-ai/sdk";
export interface Llm { ask(q: string): Promise<any> }
@injectable()
export class AnthropicLlm implements Llm {
  private c = new Anthropic();
  ask(q: string) { return this.c.messages.create({ model: "claude-3-5-haiku-latest", max_tokens: 1, messages: [] }); }
}
