const OpenAI = require("openai");
const { EMBEDDER_KEY, MODEL } = require("./config");

const openai = new OpenAI({ apiKey: EMBEDDER_KEY });

openai.embeddings.create({ model: MODEL, input: "x" });
