import OpenAI from 'openai'

export const handler = async (event) => {
  const client = new OpenAI()
  return client.responses.create({ model: 'gpt-4o-mini', input: event.q })
}
