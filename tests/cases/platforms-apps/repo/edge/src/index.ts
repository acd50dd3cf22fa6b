import OpenAI from 'openai'

export default {
  async fetch(request: Request) {
    const client = new OpenAI({ apiKey: process.env.OPENAI_API_KEY })
    return client.responses.create({ model: process.env.EDGE_MODEL, input: 'x' })
  },
}
