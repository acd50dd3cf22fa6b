const { Anthropic } = require('@anthropic-ai/sdk')
const config = require('./config')

class Base {
  constructor(model) {
    this.model = model ?? config.defaultModel
  }
  get client() {
    return new Anthropic()
  }
}

class Writer extends Base {
  constructor({ model, tone = 'plain' } = {}) {
    super(model)
    this.tone = tone
  }
  write = async (text) => this.client.messages.create({ model: this.model, max_tokens: 10, messages: [text] })
}

exports.Writer = Writer
exports.write = async (text, options) => new Writer(options).write(text)
