from metaflow import FlowSpec, Parameter, step
from openai import OpenAI


class ScoreFlow(FlowSpec):
    model = Parameter("model", default="gpt-4o")

    @step
    def start(self):
        self.answer = OpenAI().responses.create(model=self.model, input="score")
        self.next(self.end)

    @step
    def end(self):
        print(self.answer)


if __name__ == "__main__":
    ScoreFlow()
