import { generateText } from 'ai'
import { anthropic } from '@ai-sdk/anthropic'
const MODELS = { fast: 'claude-3-5-haiku-latest', deep: 'claude-opus-4-1' } as const
export async function main() {
  for (const tier of ['fast'] as const) {
    await generateText({ model: anthropic(MODELS[tier]), prompt: 'x' })
  }
}
main()
