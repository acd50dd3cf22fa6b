import type { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { handleAsk } from "./ask.js";
const tools = [{ name: "ask", handler: handleAsk }];
export function registerTools(server: McpServer) {
  for (const t of tools) server.tool(t.name, {}, t.handler);
}
