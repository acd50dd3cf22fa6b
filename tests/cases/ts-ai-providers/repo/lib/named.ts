import { customProvider } from 'ai'
import { createGoogleGenerativeAI } from '@ai-sdk/google'
import { createAzure } from '@ai-sdk/azure'

const vendor = createGoogleGenerativeAI({ apiKey: process.env.GEMINI_KEY })
const hosted = createAzure({ apiKey: process.env.AZURE_KEY })

export const named = customProvider({
  languageModels: {
    title: vendor('gemini-2.5-flash'),
    essay: hosted.languageModel('gpt-4.1'),
  },
})
