import OpenAI from "openai";
export class LlmService {
  private readonly client: OpenAI;
  private readonly model = "gpt-4o";
  constructor() { this.client = new OpenAI(); }
  async complete(prompt: string) {
    return this.client.chat.completions.create({ model: this.model, messages: [{ role: "user", content: prompt }] });
  }
}
