import { Configuration, OpenAIApi } from 'openai'

const env = <{ WORDS_KEY: string; WORDS_MODEL: string }>process.env

export const main = async (event: { text: string }) => {
  const configuration = new Configuration({ apiKey: env.WORDS_KEY })
  const api = new OpenAIApi(configuration)
  const model = <string>env.WORDS_MODEL
  return api.createChatCompletion({ model, messages: [] })
}
