import { Stack, StackProps, Duration } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import * as path from 'path';

interface ApiProps extends StackProps {
  modelId: string;
  summaryModel: string;
}

export class ApiStack extends Stack {
  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id, props);
    const common = { LOG_LEVEL: 'info', SUMMARY_MODEL: props.summaryModel };
    const key = Secret.fromSecretNameV2(this, 'Key', 'prod/openai');

    new NodejsFunction(this, 'Answer', {
      entry: path.join(__dirname, '../functions/answer.ts'),
      timeout: Duration.seconds(30),
      environment: { ...common, MODEL_ID: props.modelId },
    });

    const summarise = new lambda.Function(this, 'Summarise', {
      functionName: 'summarise',
      runtime: lambda.Runtime.PYTHON_3_12,
      handler: 'main.handler',
      code: lambda.Code.fromAsset('functions/summarise'),
      environment: common,
    });
    summarise.addEnvironment('OPENAI_API_KEY', key.secretValue.unsafeUnwrap());
    summarise.addEnvironment('JUDGE_MODEL', process.env.JUDGE_MODEL ??
      'gpt-4o-mini');
  }
}
