from crewai import Agent, Crew, Task
a = Agent(role="r", goal="g", backstory="b", llm="gpt-4o")
t = Task(description="d", expected_output="e", agent=a)
Crew(agents=[a], tasks=[t]).kickoff()
