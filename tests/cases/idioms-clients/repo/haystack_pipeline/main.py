from haystack import Pipeline
from haystack.components.generators import OpenAIGenerator
p = Pipeline()
p.add_component("llm", OpenAIGenerator(model="gpt-4o"))
p.run({})
