import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { registerTools } from "./tools/index.js";
const server = new McpServer({ name: "x", version: "1" });
registerTools(server);
