import { OpenAIProvider } from "./openai";
import { AnthropicProvider } from "./anthropic";
import { LLMProvider } from "./types";
export class ProviderFactory {
  private static providers = new Map<string, new () => LLMProvider>([["openai", OpenAIProvider], ["anthropic", AnthropicProvider]]);
  static create(name: string): LLMProvider {
    const P = this.providers.get(name);
    if (!P) throw new Error("x");
    return new P();
  }
}
