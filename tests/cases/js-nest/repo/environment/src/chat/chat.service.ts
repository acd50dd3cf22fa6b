import { Injectable } from "@nestjs/common";
import { ConfigService } from "@nestjs/config";
import OpenAI from "openai";
@Injectable()
export class ChatService {
  private openai: OpenAI;
  constructor(private configService: ConfigService) {
    this.openai = new OpenAI({ apiKey: this.configService.get<string>("OPENAI_API_KEY") });
  }
  async ask(prompt: string) {
    const model = this.configService.get<string>("OPENAI_MODEL", "gpt-4o-mini");
    return this.openai.chat.completions.create({ model, messages: [{ role: "user", content: prompt }] });
  }
}
