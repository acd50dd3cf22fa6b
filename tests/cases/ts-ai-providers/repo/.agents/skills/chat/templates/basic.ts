import { generateText } from 'ai'
import { openai } from '@ai-sdk/openai'

const MODEL = 'gpt-4o'
const { text } = await generateText({ model: openai(MODEL), prompt: 'Say hello' })
console.log(text)
