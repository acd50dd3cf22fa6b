import { anthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenRouter } from '@openrouter/ai-sdk-provider'
import { env } from './env'

const router = createOpenRouter({ apiKey: env.OPENROUTER_API_KEY })
const llm = createOpenAI({ apiKey: process.env.DESK_OPENAI_KEY })

export const models = {
  small: llm('gpt-4o-mini'),
  big: router.chat('google/gemini-2.5-pro'),
  spare: anthropic('claude-sonnet-4-5'),
}
