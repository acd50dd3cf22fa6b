const axios = require("axios");
const api = axios.create({
  baseURL: "https://api.openai.com/v1",
  headers: { Authorization: `Bearer ${process.env.OPENAI_API_KEY}` },
});
async function ask(q) {
  const { data } = await api.post("/chat/completions", { model: "gpt-4o", messages: [{ role: "user", content: q }] });
  return data;
}
ask("x").then(console.log);
