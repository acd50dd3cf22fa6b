import { post } from '@libs/gateway'

export const main = async (event: { text: string }) =>
  post('/v1/embeddings', { input: event.text, model: 'text-embedding-3-small' })
