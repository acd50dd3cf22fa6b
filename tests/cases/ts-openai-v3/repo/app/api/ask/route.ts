import OpenAI from 'openai'

export async function POST() {
  return new OpenAI().responses.create({ model: 'gpt-4.1', input: 'x' })
}

export function unused() {
  return new OpenAI().responses.create({ model: 'gpt-4.1-nano', input: 'x' })
}
