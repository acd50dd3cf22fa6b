import { customProvider, wrapLanguageModel } from 'ai'
import { gateway } from '@ai-sdk/gateway'
import { createOpenAI } from '@ai-sdk/openai'
import { env } from './env'

const openai = createOpenAI({ apiKey: process.env.OPENAI_API_KEY })
export const provider = customProvider({
  languageModels: {
    title: openai(env.TITLE_MODEL),
    reasoning: wrapLanguageModel({ model: gateway('anthropic/claude-sonnet-4-5'), middleware: [] }),
  },
})
