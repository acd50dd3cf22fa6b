from langgraph.graph import StateGraph
from nodes import classify, answer
g = StateGraph(dict)
g.add_node("classify", classify)
g.add_node("answer", answer)
app = g.compile()
app.invoke({})
