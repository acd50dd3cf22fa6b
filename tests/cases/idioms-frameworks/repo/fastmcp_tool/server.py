from mcp.server.fastmcp import FastMCP
from openai import OpenAI
mcp = FastMCP("x")
@mcp.tool()
def ask(q: str) -> str:
    return OpenAI().chat.completions.create(model="gpt-4o", messages=[])
if __name__ == "__main__":
    mcp.run()
