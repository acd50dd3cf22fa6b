from langgraph.prebuilt import create_react_agent
agent = create_react_agent("openai:gpt-4o", tools=[])
agent.invoke({})
