from openai import OpenAI
from pydantic import BaseModel, model_validator
class A(BaseModel):
    model: str = "gpt-4o"
    @model_validator(mode="after")
    def check(self):
        OpenAI().chat.completions.create(model=self.model, messages=[])
        return self
A()
