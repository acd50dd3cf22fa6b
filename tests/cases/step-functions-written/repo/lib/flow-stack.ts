import * as cdk from 'aws-cdk-lib';
import * as bedrock from 'aws-cdk-lib/aws-bedrock';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';

export class FlowStack extends cdk.Stack {
  constructor(scope: cdk.App, id: string) {
    super(scope, id);
    const draft = new NodejsFunction(this, 'Draft', { entry: 'functions/draft.ts' });
    const drafted = new tasks.LambdaInvoke(this, 'DraftTask', {
      lambdaFunction: draft,
      payload: sfn.TaskInput.fromObject({ model: 'gpt-4.1', text: sfn.JsonPath.stringAt('$.text') }),
    });
    const review = new tasks.BedrockInvokeModel(this, 'Review', {
      model: bedrock.FoundationModel.fromFoundationModelId(
        this, 'Model', bedrock.FoundationModelIdentifier.ANTHROPIC_CLAUDE_3_HAIKU_20240307_V1_0),
      body: sfn.TaskInput.fromObject({ prompt: sfn.JsonPath.stringAt('$.draft') }),
    });
    new sfn.StateMachine(this, 'Machine', { definitionBody: sfn.DefinitionBody.fromChainable(drafted.next(review)) });
  }
}
