import { handlerPath } from '@libs/handler'

export default {
  handler: `${handlerPath(__dirname)}/handler.main`,
  environment: { REPLY_MODEL: '${self:custom.replyModel}' },
}
