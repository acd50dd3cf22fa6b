import { singleton } from "tsyringe";
import OpenAI from "openai";
@singleton()
export class LlmService {
  private c = new OpenAI();
  ask(q: string) { return this.c.chat.completions.create({ model: "gpt-4o", messages: [] }); }
}
