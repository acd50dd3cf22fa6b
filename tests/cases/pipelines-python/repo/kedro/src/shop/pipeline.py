from kedro.pipeline import Pipeline, node

from .nodes import label, summarise


def create_pipeline(**kwargs):
    return Pipeline(
        [
            node(func=summarise, inputs=["reviews", "params:summary.model"], outputs="summaries", name="summarise"),
            node(label, inputs={"rows": "summaries", "options": "params:label"}, outputs="labels", name="label"),
        ]
    )
