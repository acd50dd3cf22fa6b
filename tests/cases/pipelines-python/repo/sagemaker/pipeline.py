from sagemaker.sklearn.processing import SKLearnProcessor
from sagemaker.workflow.parameters import ParameterString
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.steps import ProcessingStep

model = ParameterString(name="LabelModel", default_value="gpt-4.1-mini")
processor = SKLearnProcessor(framework_version="1.2-1", role="arn:aws:iam::1:role/x", env={"GUARD_MODEL": "gpt-4.1-nano"})
step = ProcessingStep(name="Label", processor=processor, code="scripts/label.py", job_arguments=["--model", model])
pipeline = Pipeline(name="labels", parameters=[model], steps=[step])
