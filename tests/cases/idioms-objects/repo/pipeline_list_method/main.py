from openai import OpenAI
class Stage:
    def run(self, x): ...
class Llm(Stage):
    def run(self, x):
        return OpenAI().chat.completions.create(model="gpt-4o", messages=[])
class Pipeline:
    def __init__(self, stages):
        self.stages = stages
    def run(self, x):
        for stage in self.stages:
            x = stage.run(x)
        return x
Pipeline([Llm()]).run("x")
