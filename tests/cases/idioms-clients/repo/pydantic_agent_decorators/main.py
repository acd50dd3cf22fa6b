from pydantic_ai import Agent
agent = Agent("openai:gpt-4o", system_prompt="x")
print(agent.run_sync("x"))
