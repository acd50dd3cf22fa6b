"""The nightly training as a Kubeflow pipeline. Compile it with `python pipelines/entity_training.py`."""

from kfp import compiler, dsl, kubernetes

IMAGE = "registry.rampart.example/orchestrator:2026.03.1"


@dsl.container_component
def train(pairs: dsl.Input[dsl.Dataset], matcher: dsl.Output[dsl.Model]) -> dsl.ContainerSpec:
    """Label the pairs and fit the matcher."""
    return dsl.ContainerSpec(
        image=IMAGE,
        command=["python", "-m", "training.run"],
        args=["--pairs", pairs.path, "--output", matcher.path],
    )


@dsl.pipeline(name="entity-training")
def entity_training(pairs_uri: str = "s3://rampart-training/pairs/latest.jsonl") -> None:
    """Train the entity matcher on the newest pairs."""
    pairs = dsl.importer(artifact_uri=pairs_uri, artifact_class=dsl.Dataset)
    step = train(pairs=pairs.output)
    step.set_env_variable("LITELLM_BASE_URL", "http://litellm.platform.svc:4000")
    kubernetes.use_secret_as_env(
        step,
        secret_name="litellm-token",
        secret_key_to_env={"token": "LITELLM_API_KEY"},
    )


if __name__ == "__main__":
    compiler.Compiler().compile(entity_training, "entity_training.yaml")
