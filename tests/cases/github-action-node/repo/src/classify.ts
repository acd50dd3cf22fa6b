import OpenAI from 'openai'

export async function classify(apiKey: string, model: string) {
  const client = new OpenAI({ apiKey })
  return client.responses.create({ model, input: 'x' })
}
