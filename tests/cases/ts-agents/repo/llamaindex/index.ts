import { OpenAI, OpenAIEmbedding, Settings, VectorStoreIndex, Document } from "llamaindex";
Settings.llm = new OpenAI({ model: "gpt-4o", apiKey: process.env.OPENAI_API_KEY });
Settings.embedModel = new OpenAIEmbedding({ model: "text-embedding-3-small" });
const index = await VectorStoreIndex.fromDocuments([new Document({ text: "x" })]);
console.log(await index.asQueryEngine().query({ query: "x" }));
