import Anthropic from "@anthropic-ai/sdk";
import { Injectable } from "@nestjs/common";
import { ConfigService } from "@nestjs/config";

export const TAGS = Symbol("TAGS");

export abstract class Llm {
  abstract ask(prompt: string): Promise<unknown>;
}

@Injectable()
export class AnthropicLlm extends Llm {
  private readonly client = new Anthropic();

  constructor(private readonly config: ConfigService) {
    super();
  }

  ask(prompt: string) {
    return this.client.messages.create({
      model: this.config.get<string>("llm.model"),
      max_tokens: 100,
      messages: [{ role: "user", content: prompt }],
    });
  }
}

export class Summaries {
  private readonly client = new Anthropic();

  constructor(private readonly model: string) {}

  of(text: string) {
    return this.client.messages.create({ model: this.model, max_tokens: 100, messages: [{ role: "user", content: text }] });
  }
}
