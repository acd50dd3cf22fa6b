import OpenAI from "openai";

const client = new OpenAI();

async function main(fast: boolean) {
  const body: any = { messages: [] };
  if (fast) {
    body.model = process.env.FAST_OPENAI_MODEL;
  } else {
    body["model"] = "gpt-4.1-nano";
  }
  for (const n of [1, 2]) {
    body.seed = n;
  }
  await client.chat.completions.create(body);
}

main(true);
