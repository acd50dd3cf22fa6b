import Anthropic from '@anthropic-ai/sdk';
import { ANTHROPIC_API_KEY } from '$env/static/private';
const client = new Anthropic({ apiKey: ANTHROPIC_API_KEY });
export async function ask(q: string) {
  return client.messages.create({ model: 'claude-3-5-haiku-latest', max_tokens: 10, messages: [{ role: 'user', content: q }] });
}
