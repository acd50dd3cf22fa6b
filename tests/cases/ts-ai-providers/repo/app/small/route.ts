import { streamText } from 'ai'
import { models } from '../../lib/models'

export async function POST(request: Request) {
  return streamText({ model: models.small, prompt: await request.text() }).toTextStreamResponse()
}
