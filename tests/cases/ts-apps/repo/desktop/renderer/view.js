const { OpenAI } = require("openai");

window.addEventListener("load", () => new OpenAI().embeddings.create({ model: "text-embedding-3-small", input: "x" }));
