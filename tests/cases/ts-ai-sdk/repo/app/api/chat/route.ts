import { createUIMessageStream, generateText, streamText } from 'ai'
import { body } from '../../../lib/schema'
import { provider } from '../../../lib/providers'

export async function POST(request: Request) {
  let parsed
  try {
    const json = await request.json()
    parsed = body.parse(json)
  } catch {
    return new Response('', { status: 400 })
  }
  return createUIMessageStream({
    execute: async ({ writer }) => {
      const answer = streamText({ model: provider.languageModel('reasoning'), prompt: parsed.text })
      writer.merge(answer.toUIMessageStream())
      await generateText({ model: provider.languageModel('title'), prompt: parsed.text })
    },
  })
}
