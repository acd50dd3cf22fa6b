export async function complete(env: Env, prompt: string) {
  const res = await fetch("https://api.openai.com/v1/chat/completions", {
    method: "POST",
    headers: { Authorization: `Bearer ${env.OPENAI_API_KEY}`, "Content-Type": "application/json" },
    body: JSON.stringify({ model: env.OPENAI_MODEL, messages: [{ role: "user", content: prompt }] }),
  });
  return (await res.json()).choices[0].message.content;
}
