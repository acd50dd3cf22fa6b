import { generateText } from 'ai'
import { models } from '../../lib/models'

export async function POST(request: Request) {
  const { text } = await generateText({ model: models.big, prompt: await request.text() })
  return new Response(text)
}
