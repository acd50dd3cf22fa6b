import OpenAI from 'openai'

export async function POST() {
  return new OpenAI().responses.create({ model: 'gpt-4o-mini', input: 'x' })
}
