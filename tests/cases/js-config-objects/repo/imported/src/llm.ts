import Anthropic from "@anthropic-ai/sdk";
import config from "./config";

class Llm {
  private readonly client = new Anthropic();
  private readonly model: string;

  constructor() {
    this.model = config.llm.model;
  }

  ask(prompt: string, quick: boolean) {
    if (quick) {
      return this.client.messages.create({ model: config.llm.small, max_tokens: 9, messages: [] });
    }
    return this.client.messages.create({ model: this.model, max_tokens: 99, messages: [] });
  }
}

export const llm = new Llm();
