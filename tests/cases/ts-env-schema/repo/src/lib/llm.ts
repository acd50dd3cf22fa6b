import OpenAI from 'openai'
import { env } from '@/lib/env'
export class Llm {
  private client = new OpenAI({ apiKey: env.OPENAI_API_KEY })
  constructor(private readonly model: string = env.CHAT_MODEL) {}
  async ask(text: string, { model = this.model, temperature = 0 }: { model?: string; temperature?: number } = {}) {
    const answer = await this.client.chat.completions.create({ model, messages: [{ role: 'user', content: text }] })
    return answer.choices[0].message.content
  }
}
export const ask = async (text: string, model: string) => new Llm(model).ask(text)
