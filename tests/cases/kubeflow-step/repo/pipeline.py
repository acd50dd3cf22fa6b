from kfp import dsl


@dsl.container_component
def label():
    return dsl.ContainerSpec(image="registry.example/app:1", command=["python", "-m", "jobs.label"])


@dsl.pipeline(name="nightly")
def nightly():
    step = label()
    step.set_env_variable("CHAT_MODEL", "gpt-4o")
