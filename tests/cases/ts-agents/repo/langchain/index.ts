import { createReactAgent } from "@langchain/langgraph/prebuilt";
import { createAgent } from "langchain";
import { ChatOpenAI } from "@langchain/openai";
const llm = new ChatOpenAI({ model: "gpt-4o-mini", temperature: 0 });
const agent = createReactAgent({ llm, tools: [] });
await agent.invoke({ messages: [] });
const second = createAgent({ model: "claude-3-5-sonnet-latest", tools: [] });
await second.invoke({ messages: [] });
