import fetch from "isomorphic-unfetch";

await fetch("https://api.openai.com/v1/chat/completions", {
  method: "POST",
  headers: { "Content-Type": "application/json", Authorization: `Bearer ${process.env.OPENAI_API_KEY ?? ""}` },
  body: JSON.stringify({ model: "gpt-4o", messages: [{ role: "user", content: "x" }] }),
});
