from agents import Agent, Runner
agent = Agent(name="x", instructions="y", model="gpt-4o")
print(Runner.run_sync(agent, "hi"))
