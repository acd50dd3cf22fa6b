const headers = () => ({ Authorization: `Bearer ${process.env.OPENAI_API_KEY}` })

export async function post(path: string, body: Record<string, unknown>) {
  const answer = await fetch(`https://api.openai.com${path}`, { method: 'POST', headers: headers(), body: JSON.stringify(body) })
  return answer.json()
}
