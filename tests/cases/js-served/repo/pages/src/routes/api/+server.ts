import Anthropic from '@anthropic-ai/sdk';
import { getConfig } from '$lib/config';
export const POST = async ({ request, platform }) => {
  const config = getConfig(platform);
  const client = new Anthropic({ apiKey: config.key });
  return await client.messages.create({ model: config.model, max_tokens: 10, messages: [] });
};
