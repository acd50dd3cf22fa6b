import OpenAI from "openai";
import { LLMProvider } from "./types";
export class OpenAIProvider implements LLMProvider {
  private c = new OpenAI();
  async generate(p: string) { return (await this.c.chat.completions.create({ model: "gpt-4o", messages: [] })).choices[0].message.content!; }
}
