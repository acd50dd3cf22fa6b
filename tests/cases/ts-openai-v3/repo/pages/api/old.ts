import OpenAI from 'openai'

export default async function handler() {
  return new OpenAI().responses.create({ model: 'gpt-4o', input: 'x' })
}
