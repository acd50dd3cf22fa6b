const { write } = require('./client')

// The model of a car, and of a form: neither is an LLM.
const car = { model: 'claude-monet', maker: 'x' }

async function main() {
  for (const model of ['a', 'b']) console.log(model, car.model)
  await Promise.all(['x', 'y'].map((text) => write(text, { model: 'claude-sonnet-4-5' })))
}
main()
