import type { AWS } from '@serverless/typescript'
import { reply, embed } from '@functions'

const configuration: AWS = {
  service: 'assistant',
  provider: {
    name: 'aws',
    runtime: 'nodejs20.x',
    environment: { OPENAI_API_KEY: '${ssm:/assistant/openai-key}', STAGE: '${sls:stage}' },
  },
  functions: { reply, [`embed-${'documents'}`]: embed },
  custom: { replyModel: 'gpt-4.1-mini' },
}

module.exports = configuration
