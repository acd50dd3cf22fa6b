import { Inject, Injectable } from "@nestjs/common";
import { ConfigService } from "@nestjs/config";
import OpenAI from "openai";
@Injectable()
export class LlmService {
  private readonly model: string;
  constructor(@Inject("OPENAI") private openai: OpenAI, config: ConfigService) {
    this.model = config.getOrThrow<string>("OPENAI_MODEL");
  }
  async ask() {
    return this.openai.chat.completions.create({ model: this.model, messages: [] });
  }
}
