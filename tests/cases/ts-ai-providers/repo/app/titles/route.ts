import { embed, generateText } from 'ai'
import { createOpenAI } from '@ai-sdk/openai'
import { named } from '../../lib/named'

const maker = createOpenAI({ apiKey: process.env.DESK_OPENAI_KEY })

export async function POST(request: Request) {
  await embed({ model: maker.embedding('text-embedding-3-small'), value: 'x' })
  const { text } = await generateText({ model: named.languageModel('title'), prompt: await request.text() })
  return new Response(text)
}
