from kfp import dsl


@dsl.component
def label(llm: str = "gpt-3.5-turbo", rows: int = 10):
    from openai import OpenAI

    OpenAI().responses.create(model=llm, input="rows")


@dsl.container_component
def judge(judge_name: str):
    return dsl.ContainerSpec(
        image="registry.example.com/judge:1", command=["python", "src/judge.py"], args=["--model", judge_name]
    )


@dsl.pipeline(name="nightly")
def nightly(label_model: str = "gpt-4o", judge_model: str = "o3-mini"):
    labelled = label(llm=label_model, rows=20)
    judge(judge_name=judge_model).after(labelled)
    label(llm="gpt-4.1-nano")
