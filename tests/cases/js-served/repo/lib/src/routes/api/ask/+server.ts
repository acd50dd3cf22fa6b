import { json } from '@sveltejs/kit';
import { ask } from '$lib/server/anthropic.js';
export async function POST({ request }) {
  const { q } = await request.json();
  return json(await ask(q));
}
