import middy from '@middy/core'
import { post } from '@libs/gateway'

const answer = async (event: { body: string }) => {
  const request = { model: process.env.REPLY_MODEL, messages: [{ role: 'user', content: event.body }] }
  return post('/v1/chat/completions', request)
}

export const main = middy(answer)
