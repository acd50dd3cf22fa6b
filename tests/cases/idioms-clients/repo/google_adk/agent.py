from google.adk.agents import Agent
root_agent = Agent(name="x", model="gemini-2.0-flash", instruction="y")
